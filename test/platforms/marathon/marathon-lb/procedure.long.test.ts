import { describe, expect, test } from '@jest/globals';
import { expectResult } from '../house.js';
import { DRAIN, expectDrainedEnds, expectOnlyBlue, idsOf, startShop, underLoad, WORKING } from './shop.js';

describe('the procedure of eleven steps behind marathon-lb', () => {
  test('goes in batches and back again with the next version, and the same version once more writes nothing (P10)', async () => {
    await using shop = await startShop({ instances: 3, ...WORKING });
    const stepwise = { batch: 2 };
    await underLoad(shop, async () => {
      const first = await shop.run({ stepwise });
      expectResult(first, 'succeeded');
      expect(first.log.match(/instances? of \/shop-blue ended/g)).toHaveLength(2);
      const green = idsOf(shop, '/shop-green');
      expectResult(await shop.run({ stepwise, version: 'v3' }, { id: 'test-2' }), 'succeeded');
      expectDrainedEnds(shop, green);
    });
    expect(shop.house.dcos.tasks('/shop-blue')).toHaveLength(3);
    expectResult(await shop.run({ stepwise, version: 'v3' }, { id: 'test-3' }), 'unchanged');
  });

  test('proves green in private: no user meets an instance before its checks have passed (P1)', async () => {
    await using shop = await startShop({ ...WORKING });
    const seen = new Set<unknown>();
    shop.house.dcos.interception.onRequest = async ({ method, path }) => {
      if (method !== 'PATCH' || !path.includes('shop-green')) return undefined;
      for (let each = 0; each < 6; each++) seen.add((await fetch(shop.url)).headers.get('x-app-version'));
      shop.house.dcos.interception.onRequest = () => undefined;
      return undefined;
    };
    const verify = [{ http: { path: '/', expect: { headers: { 'x-app-version': 'v2' } }, passes: 2 } }];
    const run = await underLoad(shop, () => shop.run({ verify }));
    expectResult(run, 'succeeded');
    expect([...seen]).toEqual(['v1']);
  });

  test('is the first release where there is no app yet', async () => {
    await using shop = await startShop();
    await shop.house.api('DELETE', '/service/marathon/v2/apps/shop-blue?force=false');
    await shop.house.dcos.settled();
    expectResult(await shop.run(), 'succeeded');
    expect((await fetch(shop.url)).headers.get('x-app-version')).toBe('v2');
  });
});

describe('a failure on the way', () => {
  test('is that work does not end: nothing with work is ended, and blue gets its users back (Z4)', async () => {
    await using shop = await startShop({ ...WORKING });
    await Promise.all([1, 2, 3, 4].map(() => fetch(`${shop.url}/long`).then(answer => answer.text())));
    const run = await shop.run({ drain: { ...DRAIN, within: '500ms' } });
    expectResult(run, 'rolled-back');
    expect(run.outcome.failures[0]?.code).toBe('NOT_DRAINED');
    expect(shop.house.dcos.endedTasks.filter(({ appId }) => appId === '/shop-blue')).toEqual([]);
    expectOnlyBlue(shop, 2);
    const slots = await Promise.all([1, 2, 3, 4].map(async () => (await fetch(shop.url)).headers.get('x-app-version')));
    expect(new Set(slots)).toEqual(new Set(['v1']));
  });
});

describe('a run that is cancelled between two batches', () => {
  test('leaves both slots serving, and the same command goes on from there (Z7)', async () => {
    await using shop = await startShop({ instances: 3, ...WORKING });
    const cancel = new AbortController();
    const { dcos } = shop.house;
    const blue = idsOf(shop, '/shop-blue');
    dcos.interception.beforeAnswer = ({ method, path }) => {
      if (method === 'POST' && path.includes('/v2/tasks/delete')) cancel.abort(new Error('cancelled'));
    };
    await underLoad(shop, async () => {
      const first = await shop.run({}, { signal: cancel.signal });
      expect(first.outcome.result).not.toBe('succeeded');
      dcos.interception.beforeAnswer = () => undefined;
      expectResult(await shop.run(), 'succeeded');
    });
    expectDrainedEnds(shop, blue);
    expect(dcos.tasks('/shop-green')).toHaveLength(3);
  });
});
