import { describe, expect, test } from '@jest/globals';
import { expectResult } from '../house.js';
import { startShop, underLoad, WORKING } from './shop.js';

describe('where zdd.py ends the wrong instances', () => {
  test('somebody else scales blue in the middle: marathon-lb changes the roles, and the release changes them back (Z5)', async () => {
    await using shop = await startShop({ instances: 3, ...WORKING });
    const { dcos } = shop.house;
    const scaled: number[] = [];
    dcos.interception.onRequest = async ({ method, path }) => {
      // The second instance of green has just got healthy: whoever is scaled now is the new one to marathon-lb.
      const healthy = dcos.tasks('/shop-green').filter(({ isHealthy }) => isHealthy).length;
      if (method !== 'GET' || !path.includes('shop-green') || healthy < 2 || scaled.length > 0) return undefined;
      scaled.push(4);
      await shop.house.api('PATCH', '/service/marathon/v2/apps/shop-blue', { instances: 4 });
      return undefined;
    };
    const run = await underLoad(shop, () => shop.run());
    expect(scaled).toEqual([4]);
    expectResult(run, 'succeeded');
    expect(shop.house.dcos.app('/shop-blue')).toBeUndefined();
    expect(shop.house.dcos.tasks('/shop-green')).toHaveLength(3);
  });

  test('a start that another host wrote in a zone of its own does not make blue the newer one (Z13)', async () => {
    const later = new Date(Date.now() + 6 * 3_600_000).toISOString().replace('Z', '000');
    const blueLabels = { HAPROXY_DEPLOYMENT_STARTED_AT: later };
    await using shop = await startShop({ instances: 1, blueLabels, ...WORKING });
    const run = await underLoad(shop, () => shop.run({ teardown: { how: 'scale-to-zero' } }));
    expectResult(run, 'succeeded');
    const started = shop.house.dcos.app('/shop-green')?.labels.HAPROXY_DEPLOYMENT_STARTED_AT ?? '';
    expect(started > later).toBe(true);
    expect(started).not.toMatch(/Z|[+]/);
  });
});
