import { describe, expect, test } from '@jest/globals';
import { type RouterName, routers } from '../edge-lb/routers.js';
import { Load, sleep } from '../load.js';
import { app, marathon, startWith, until } from '../marathon/support.js';

/** One colour of the app `shop`, as zdd labels it: both are the backend `shop_10900`. */
const colour = (name: string, instances: number, startedAt: string) =>
  app(`/shop-${name}`, {
    instances,
    labels: {
      HAPROXY_GROUP: 'external',
      HAPROXY_0_PORT: '10900',
      HAPROXY_0_MODE: 'http',
      HAPROXY_0_VHOST: 'shop.example',
      HAPROXY_DEPLOYMENT_GROUP: 'shop',
      HAPROXY_DEPLOYMENT_COLOUR: name,
      HAPROXY_DEPLOYMENT_STARTED_AT: startedAt,
      HAPROXY_DEPLOYMENT_TARGET_INSTANCES: '2',
    },
  });

async function start(router: RouterName) {
  const at = await startWith([colour('blue', 2, '2026-01-01T00:00:00')], { router });
  const lb = await at.startMarathonLb();
  await at.settled();
  return { at, lb, [Symbol.asyncDispose]: () => at.close() };
}

/** Name and status of each server of the backend. */
async function rows(statsUrl: string): Promise<readonly (readonly [name: string, status: string])[]> {
  const [header = '', ...lines] = (await (await fetch(`${statsUrl}/haproxy_stats;csv`)).text()).trim().split('\n');
  const columns = header.replace('# ', '').split(',');
  const servers = lines.filter(line => /^shop_10900,(?!FRONTEND|BACKEND)/.test(line)).map(line => line.split(','));
  return servers.map(cells => [cells[columns.indexOf('svname')] ?? '', cells[columns.indexOf('status')] ?? '']);
}

describe.each(routers)('marathon-lb on %s', router => {
  test('serves an app on its port and its host, and names the servers by their addresses', async () => {
    await using one = await start(router);
    expect(await (await fetch(one.lb.url(10_900))).json()).toMatchObject({ slot: 'shop-blue' });
    const ports = one.at.tasks('/shop-blue').map(({ ports: [port] }) => `127_0_0_1_${port}`);
    expect((await rows(one.lb.statsUrl())).map(([name]) => name)).toEqual(ports);
    expect((await (await fetch(`${one.lb.statsUrl()}/_haproxy_getpids`)).text()).trim().split(' ')).toHaveLength(2);
  });

  test('task by task: green comes in, blue goes to MAINT and is killed, and nothing is lost', async () => {
    await using one = await start(router);
    const { at, lb } = one;
    const load = new Load(lb.url(10_900), { keepAlive: 3, fresh: 3, pauseMs: 3 });
    await marathon(at, 'POST', '/v2/apps', colour('green', 0, '2026-01-02T00:00:00'));
    await at.settled();
    for (const green of [1, 2]) {
      await marathon(at, 'PATCH', '/v2/apps/shop-green', { instances: green });
      await at.settled();
      await until('one is out', async () => (await rows(lb.statsUrl())).some(([, status]) => status === 'MAINT'));
      const out = (await rows(lb.statsUrl())).filter(([, status]) => status === 'MAINT').map(([name]) => name);
      const drained = at.tasks('/shop-blue').filter(({ ports: [port] }) => out.includes(`127_0_0_1_${port}`));
      expect(drained).toHaveLength(1);
      await until('nothing is pending', () => drained[0]?.instance?.pending === 0);
      await until(
        'older workers are gone',
        async () => (await (await fetch(`${lb.statsUrl()}/_haproxy_getpids`)).text()).trim().split(' ').length === 2,
      );
      await marathon(at, 'POST', '/v2/tasks/delete?scale=true', { ids: drained.map(({ id }) => id) });
      await at.settled();
    }
    await sleep(50);
    const { bySlot, failures } = await load.stop();
    expect(failures).toEqual(new Map());
    expect(bySlot.get('shop-green')).toBeGreaterThan(10);
    expect(at.app('/shop-blue')?.instances).toBe(0);
  });
});

test('an app of another group, or one that is not healthy, is not served', async () => {
  const other = { ...colour('other', 1, ''), labels: { HAPROXY_GROUP: 'internal' } };
  await using at = await startWith([other], { router: 'built-in' });
  const sick = colour('sick', 1, '');
  await marathon(at, 'POST', '/v2/apps', {
    ...sick,
    labels: { ...(sick.labels as object), 'embedded.cutover/start': 'never-healthy' },
  });
  await until('it runs', () => at.tasks('/shop-sick')[0]?.healthResults.length === 1);
  const lb = await at.startMarathonLb({ count: 2 });
  expect(await rows(lb.statsUrl(1))).toEqual([]);
  expect((await fetch(lb.url(10_900))).status).toBe(503);
});
