/** Weaknesses of zdd.py (Z1 to Z13) that procedure.test.ts has not: how the exchange behind Edge-LB ends there. */
import { describe, expect, test } from '@jest/globals';
import { expectResult, ROUTERS, startHouse } from './house.js';

const DRAIN = { gauge: { path: '/metrics', name: 'pending_operations' }, zeros: 2, interval: '50ms', within: '60s' };
const STEPWISE = { strategy: 'stepwise', drain: DRAIN, settle: '30ms', bake: { for: '100ms', interval: '50ms' } };

describe('where zdd.py stops half-way, never ends, or takes the wrong one for the old one', () => {
  test('a HAProxy whose statistics have a column called `-` is understood (Z1)', async () => {
    await using house = await startHouse({ instances: 1, router: ROUTERS.at(-1) ?? 'built-in' });
    const statistics = await (await fetch(`${house.dcos.statsUrl('sample-config')}/haproxy?stats;csv`)).text();
    expect(statistics.split('\n')[0]?.split(',')).toContain('-');
    expectResult(await house.run(STEPWISE), 'succeeded');
  });

  test('a green that never gets healthy is taken away within the deadline, and blue keeps all users (Z2)', async () => {
    const behaviour = (app: { id: string }) => (app.id === '/svc-green' ? { start: 'never-healthy' as const } : {});
    await using house = await startHouse({ behaviour });
    const begun = performance.now();
    expectResult(await house.run({ ...STEPWISE, deadlines: { ready: '1s' } }), 'failed');
    expect(performance.now() - begun).toBeLessThan(15_000);
    expect(house.live()).toBe('/svc-blue');
    expect(house.dcos.tasks('/svc-blue')).toHaveLength(2);
    expect(house.dcos.app('/svc-green')).toBeUndefined();
  });

  test('a split of traffic is held for as long as was asked for, and no wait runs to its limit (Z8)', async () => {
    await using house = await startHouse();
    const begun = performance.now();
    const run = await house.run({ ...STEPWISE, stepwise: { canary: { at: '50%', for: '400ms' } } });
    expectResult(run, 'succeeded');
    expect(run.log).toMatch(/has 50 % of the instances, watched for/);
    expect(performance.now() - begun).toBeLessThan(25_000);
  });

  test('a blue that bears a later time than green is blue all the same: the pool says who serves (Z13)', async () => {
    let ahead = 3 * 3_600_000;
    await using house = await startHouse({ instances: 1, now: () => Date.now() + ahead });
    ahead = 0;
    expectResult(await house.run(STEPWISE), 'succeeded');
    expect(house.live()).toBe('/svc-green');
    expect(house.dcos.app('/svc-blue')).toBeUndefined();
  });
});
