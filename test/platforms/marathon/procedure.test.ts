import { describe, expect, test } from '@jest/globals';
import { expectDrainedEnds, expectOnlyBlue, STEPWISE, sizesAtEnds, underLoad, WORKING } from './exchange.js';
import { expectResult, ROUTERS, startHouse } from './house.js';

describe('the procedure of eleven steps', () => {
  test('exchanges four instances one by one under load: no request is lost, every end comes after its drain', async () => {
    await using house = await startHouse({ instances: 4, router: ROUTERS.at(-1) ?? 'built-in', ...WORKING });
    const sizes = sizesAtEnds(house);
    const run = await underLoad(house, () => house.run(STEPWISE));
    expectResult(run, 'succeeded');
    expect([house.dcos.dataPlane.processes.size, house.dcos.dataPlane.instances.size]).toEqual([4, 0]);
    expect(sizes).toEqual([5, 5, 5, 5]);
    expectDrainedEnds(house, '/svc-blue');
    expect(house.live()).toBe('/svc-green');
    expect(house.dcos.tasks('/svc-green')).toHaveLength(4);
    expect(house.dcos.app('/svc-blue')).toBeUndefined();
    expect(house.dcos.requests.all.filter(({ path }) => /force=true/.test(path))).toEqual([]);
  }, 90_000);
});

describe('a failure between two batches', () => {
  test('brings all of blue back, healthy before it gets traffic, and takes green away', async () => {
    await using house = await startHouse({ instances: 3, ...WORKING });
    const failing = { checks: [{ http: { path: '/', expect: { headers: { 'x-app-slot': 'nobody' } }, retries: 0 } }] };
    const sizes = sizesAtEnds(house);
    const run = await underLoad(house, () => house.run({ ...STEPWISE, switch: failing }));
    expectResult(run, 'rolled-back');
    expect(sizes).toHaveLength(1);
    expectOnlyBlue(house, 3);
  });
});
