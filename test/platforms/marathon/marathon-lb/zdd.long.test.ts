/** Each weakness of zdd.py that was found by trying it, Z1 to Z13, and how a release behind marathon-lb ends there. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { example, expectResult, ROUTERS } from '../house.js';
import { DRAIN, expectDrainedEnds, expectOnlyBlue, idsOf, startShop, underLoad, WORKING } from './shop.js';

describe('where zdd.py stops half-way or never ends', () => {
  test('a HAProxy whose statistics have a column called `-` is understood (Z1)', async () => {
    await using shop = await startShop({ instances: 1, router: ROUTERS.at(-1) ?? 'built-in', ...WORKING });
    const statistics = await (await fetch(`${shop.lb.statsUrl()}/haproxy?stats;csv`)).text();
    expect(statistics.split('\n')[0]?.split(',')).toContain('-');
    expectResult(await shop.run(), 'succeeded');
  });

  test('a green that never gets healthy is taken away within the deadline, and blue keeps all users (Z2)', async () => {
    const behaviour = (app: { id: string }) => (app.id === '/shop-green' ? { start: 'never-healthy' as const } : {});
    await using shop = await startShop({ behaviour });
    const run = await underLoad(shop, () => shop.run({ deadlines: { ready: '1s' } }));
    expectResult(run, 'failed');
    expectOnlyBlue(shop, 2);
  });

  test('a sick instance of blue goes first, and does not hold the others up (Z3)', async () => {
    await using shop = await startShop({ instances: 3, ...WORKING });
    const sick = idsOf(shop, '/shop-blue').toSorted().at(-1) ?? '';
    shop.house.dcos
      .tasks('/shop-blue')
      .find(({ id }) => id === sick)
      ?.instance?.fail();
    await pause(500);
    const drain = { ...DRAIN, within: '400ms', otherwise: 'proceed' };
    const run = await shop.run({ drain });
    expectResult(run, 'succeeded');
    const ended = shop.house.dcos.endedTasks.filter(({ appId }) => appId === '/shop-blue');
    expect(ended.map(({ id }) => id)[0]).toBe(sick);
    expect(shop.house.dcos.tasks('/shop-green')).toHaveLength(3);
  });

  test('a split of traffic is held for as long as was asked for, and no wait runs to its limit (Z8)', async () => {
    await using shop = await startShop({ ...WORKING });
    const stepwise = { canary: { at: '50%', for: '400ms' } };
    const begun = performance.now();
    const run = await underLoad(shop, () => shop.run({ stepwise, drain: { ...DRAIN, within: '60s' } }));
    expectResult(run, 'succeeded');
    expect(run.log).toMatch(/has 50 % of the instances, watched for/);
    expect(performance.now() - begun).toBeLessThan(40_000);
  });

  test('a connection that stays open for long anywhere on the load balancer delays nothing (Z12)', async () => {
    const answers = { '/forever': { delayMs: 25_000 } };
    await using shop = await startShop({
      instances: 1,
      behaviour: app => (app.id === '/other' ? { answers } : WORKING.behaviour()),
    });
    const labels = { HAPROXY_GROUP: 'external', HAPROXY_0_PORT: '10950', HAPROXY_0_MODE: 'http' };
    await shop.house.api('POST', '/service/marathon/v2/apps', { ...example('svc-blue.json'), id: '/other', labels });
    await shop.house.dcos.settled();
    const open = new AbortController();
    const forever = fetch(`${shop.lb.url(10_950)}/forever`, { signal: open.signal }).then(
      () => 'answered',
      () => 'open until the end',
    );
    expectResult(await shop.run(), 'succeeded');
    open.abort();
    expect(await forever).toBe('open until the end');
  });
});

describe('where zdd.py ends the wrong instances', () => {
  test('of apps with two ports, named in portDefinitions, the right instances are seen to be out (Z9, Z10)', async () => {
    const portDefinitions = [
      { name: 'admin', protocol: 'tcp', port: 0 },
      { name: 'web', protocol: 'tcp', port: 0 },
    ];
    const labels = {
      HAPROXY_GROUP: 'external',
      HAPROXY_DEPLOYMENT_GROUP: 'shop',
      HAPROXY_0_PORT: '10901',
      HAPROXY_1_PORT: '10900',
      HAPROXY_0_MODE: 'http',
      HAPROXY_1_MODE: 'http',
    };
    const routes = ['marathon-lb/shop/10900', 'marathon-lb/shop/10901'];
    await using shop = await startShop({ app: { portDefinitions, labels }, ...WORKING });
    const blue = idsOf(shop, '/shop-blue');
    expectResult(await underLoad(shop, () => shop.run({ target: { routes } })), 'succeeded');
    expectDrainedEnds(shop, blue);
  });
});

describe('where zdd.py does what it was not asked for, or gives up', () => {
  test('a dry run writes nothing, not even where an exchange was left half-way (Z6)', async () => {
    await using shop = await startShop({ ...WORKING });
    const cancel = new AbortController();
    const { dcos } = shop.house;
    dcos.interception.beforeAnswer = ({ method, path }) => {
      if (method === 'POST' && path.includes('/v2/tasks/delete')) cancel.abort(new Error('cancelled'));
    };
    await shop.run({}, { signal: cancel.signal });
    const writes = () => dcos.requests.all.filter(({ mutating, path }) => mutating && !path.startsWith('/acs/')).length;
    const before = writes();
    const dry = await shop.run({ 'dry-run': true });
    expect(dry.outcome.failures).toEqual([]);
    expect(writes()).toBe(before);
  });

  test('answers that are lost, servers that stumble, and locks, in the middle, are no reason to stop (Z11)', async () => {
    await using shop = await startShop({ ...WORKING });
    const { faults } = shop.house.dcos;
    faults.add({ match: { method: 'POST', path: /tasks\/delete/ }, answer: 'lose-answer' });
    faults.add({ match: { method: 'GET', path: /apps\/shop-green/, nth: 3 }, answer: { status: 503 }, times: 2 });
    const lock = { message: 'App is locked by one or more deployments.', deployments: [{ id: 'gone-already' }] };
    faults.add({ match: { method: 'PATCH', path: /shop-green/ }, answer: { status: 409, body: lock } });
    faults.add({ match: { method: 'PATCH', path: /shop-green/, nth: 2 }, answer: 'lose-answer' });
    const blue = idsOf(shop, '/shop-blue');
    expectResult(await underLoad(shop, () => shop.run()), 'succeeded');
    expectDrainedEnds(shop, blue);
  });
});
