import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { Load } from '../../embedded/load.js';
import { PROGRAM } from '../../embedded/program.js';
import { expectResult, ROUTERS, startHouse } from './house.js';

describe("the tutorial's blue and green", () => {
  test.each(ROUTERS)(
    'are swapped under load and none of the requests is lost; the rollback verb swaps them back (%s)',
    async router => {
      await using house = await startHouse({ router, program: PROGRAM });
      const { dcos } = house;
      const load = new Load(house.url, { keepAlive: 3, fresh: 3, pauseMs: 5 });
      const swapped = await house.run({ teardown: { how: 'keep' } });
      expectResult(swapped, 'succeeded');
      expect(house.live()).toBe('/svc-green');
      expect(dcos.tasks('/svc-green')).toHaveLength(2);
      const back = await house.run({ verb: 'rollback' }, { id: 'test-2' });
      expectResult(back, 'succeeded');
      expect(house.live()).toBe('/svc-blue');
      const { failures, requests, bySlot } = await load.stop();
      expect(Object.fromEntries(failures)).toEqual({});
      expect(requests).toBeGreaterThan(100);
      expect(bySlot.get('svc-green')).toBeGreaterThan(0);
      expect(dcos.unknownRequests).toEqual([]);
      expect(dcos.router).toBe(router);
    },
  );

  test('may take blue away while a request that began before the switch still runs on it: it is counted and waited for', async () => {
    await using house = await startHouse({
      router: ROUTERS.at(-1) ?? 'built-in',
      program: PROGRAM,
      behaviour: () => ({ answers: { '/slow': { delayMs: 3_000 } } }),
    });
    let slow: Promise<number> | undefined;
    house.dcos.interception.onRequest = async ({ method, path }) => {
      if (method !== 'PUT' || !path.includes('/pools/') || slow) return undefined;
      slow = fetch(`${house.url}/slow`).then(answer => answer.status);
      await pause(200); // it is under way when the switch is written
      return undefined;
    };
    const drain = { connections: true, zeros: 2, interval: '100ms', within: '15s' };
    const run = await house.run({ drain, bake: { for: '100ms', probe: { rate: 1 } } });
    expectResult(run, 'succeeded');
    expect(await slow).toBe(200);
    expect(run.log).toMatch(/the load balancer counts [1-9]/);
  });
});
