import { describe, expect, test } from '@jest/globals';
import { Load } from '../../embedded/load.js';
import { expectResult, startHouse } from './house.js';

describe("the tutorial's blue and green", () => {
  test('are swapped under load and none of the requests is lost; the rollback verb swaps them back (P1 to P4, P11)', async () => {
    await using house = await startHouse();
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
  });
});
