import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { expectOnlyBlue, underLoad } from './exchange.js';
import { example, expectResult, startHouse } from './house.js';

describe('a release on Marathon', () => {
  test('never forces anything, and the same version again writes nothing (P10)', async () => {
    await using house = await startHouse();
    expectResult(await house.run(), 'succeeded');
    const writes = () => house.dcos.requests.all.filter(({ mutating, path }) => mutating && !path.startsWith('/acs/'));
    expect(writes().filter(({ path }) => /force=true/.test(path))).toEqual([]);
    const before = writes().length;
    expectResult(await house.run({}, { id: 'test-2' }), 'unchanged');
    expect(writes()).toHaveLength(before);
  });

  test('is the first one where the pool names an app that was never started', async () => {
    await using house = await startHouse();
    await house.api('DELETE', '/service/marathon/v2/apps/svc-blue');
    await house.dcos.settled();
    expectResult(await house.run(), 'succeeded');
    expect(house.live()).toBe('/svc-green');
  });

  test('goes in weighted steps, with the shares that were asked for (canary)', async () => {
    await using house = await startHouse();
    const seen: string[] = [];
    house.dcos.interception.onRequest = ({ method, path }) => {
      if (method === 'PUT' && path.includes('/pools/')) seen.push('write');
      return undefined;
    };
    const switching = { mode: 'steps', steps: [25, 50, 100], hold: '300ms' };
    const run = await underLoad(house, () => house.run({ switch: switching }));
    expectResult(run, 'succeeded');
    expect(seen).toHaveLength(3);
    expect(run.outcome.evidence.switches.map(({ to }) => to)).toEqual([
      '/svc-blue weight 75, /svc-green weight 25',
      '/svc-blue weight 50, /svc-green weight 50',
      '/svc-green',
    ]);
  });
});

describe('a green that does not come up', () => {
  const CASES: readonly (readonly [name: string, label: string, words: RegExp])[] = [
    ['crashes', 'crash', /fail again and again|TASK_FAILED/],
    ['never becomes healthy', 'never-healthy', /unhealthy|0\/2 ready/],
    ['finds no room', 'no-offer', /Insufficient/],
  ];
  test.each(CASES)('because it %s is told in words of Marathon, and taken away', async (_, start, words) => {
    await using house = await startHouse();
    const app = { ...example('svc-green.json'), labels: { 'embedded.cutover/start': start } };
    await writeFile(join(house.workspace, 'svc.json'), JSON.stringify(app));
    const run = await underLoad(house, () => house.run({ deadlines: { ready: '2s' } }));
    expectResult(run, 'failed');
    const said = run.outcome.failures.map(({ message, details }) => [message, ...details].join(' ')).join(' ');
    expect(said).toMatch(words);
    expectOnlyBlue(house, 2);
  });
});

describe('Edge-LB', () => {
  test('that answers 500 and stored nothing is written again', async () => {
    await using house = await startHouse();
    const body = { code: 500, message: 'zk: timeout' };
    house.dcos.faults.add({ match: { method: 'PUT', path: /pools/ }, answer: { status: 500, body }, times: 2 });
    expectResult(await underLoad(house, () => house.run()), 'succeeded');
  });
});

describe('after the switch', () => {
  test('blue stays while it has work left, and goes when a gauge of each instance says that it has none', async () => {
    await using house = await startHouse({
      behaviour: () => ({ answers: { '/work': { operationMs: 4_000 } } }),
    });
    const drain = { gauge: { path: '/metrics', name: 'pending_operations' }, zeros: 2, interval: '100ms' };
    await fetch(`${house.url}/work`).then(answer => answer.text());
    const run = await house.run({ drain, bake: { for: '100ms', probe: { rate: 1 } } });
    expectResult(run, 'succeeded');
    expect(run.log).toMatch(/\/svc-blue has no work left/);
    expect(run.log).toMatch(/operations? pending/);
  });
});

test('a lock of Marathon on blue is waited for, and its own deployment is not harmed', async () => {
  await using house = await startHouse({ timing: { deployment: 1_500 } });
  const run = await house.run({ teardown: { how: 'scale-to-zero' } });
  expectResult(run, 'succeeded');
  expect(house.dcos.app('/svc-blue')?.instances).toBe(0);
  expect(house.dcos.requests.all.filter(({ path }) => /force=true/.test(path))).toEqual([]);
});
