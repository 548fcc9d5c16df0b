import { describe, expect, test } from '@jest/globals';
import { expectResult, ROUTERS } from '../house.js';
import { expectDrainedEnds, expectOnlyBlue, idsOf, startShop, underLoad, WORKING } from './shop.js';

describe('the procedure of eleven steps behind marathon-lb', () => {
  test('exchanges four instances under load: no request is lost, every end comes after its drain at every load balancer', async () => {
    const router = ROUTERS.at(-1) ?? 'built-in';
    await using shop = await startShop({ instances: 4, balancers: 2, router, ...WORKING });
    const blue = idsOf(shop, '/shop-blue');
    const run = await underLoad(shop, () => shop.run());
    expectResult(run, 'succeeded');
    const { dcos } = shop.house;
    expect(blue).toHaveLength(4);
    expectDrainedEnds(shop, blue);
    expect(dcos.tasks('/shop-green')).toHaveLength(4);
    expect(dcos.app('/shop-blue')).toBeUndefined();
    expect(dcos.requests.all.filter(({ path }) => /force=true/.test(path))).toEqual([]);
  }, 90_000);
});

describe('a failure on the way', () => {
  const failing = { checks: [{ http: { path: '/', expect: { headers: { 'x-app-slot': 'nobody' } }, retries: 0 } }] };

  test('after the first batch brings all of blue back, and green is taken away when it is out everywhere', async () => {
    await using shop = await startShop({ instances: 3, ...WORKING });
    const run = await underLoad(shop, () => shop.run({ switch: failing }));
    expectResult(run, 'rolled-back');
    expectOnlyBlue(shop, 3);
  });
});
