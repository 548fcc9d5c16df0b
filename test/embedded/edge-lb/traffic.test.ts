import { Agent, get, type RequestOptions } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import type { EmbeddedMarathon, EmbeddedMarathonOptions } from '../../../src/embedded/marathon/index.js';
import { askOnce, Load, sleep } from '../load.js';
import { app, edgeLb, marathon, pool, startWith, until } from '../marathon/support.js';
import { type RouterName, routers, routersAsText } from './routers.js';

const path = '/v2/pools/sample-config';
const both = [app('/svc-blue', { instances: 2 }), app('/svc-green', { instances: 2 })];

/** Blue and green run, and the pool sends everything to blue. */
async function start(
  router: RouterName,
  apps: Parameters<typeof startWith>[0] = both,
  options: EmbeddedMarathonOptions = {},
) {
  const at = await startWith(apps, { router, ...options });
  await edgeLb(at, 'POST', '/v2/pools', pool(['/svc-blue']));
  return at;
}

const swap = (at: EmbeddedMarathon, services: readonly (string | object)[]) => edgeLb(at, 'PUT', path, pool(services));
const weighted = (id: string, weight: number) => ({
  marathon: { serviceID: id },
  endpoint: { portName: 'web', miscStr: `weight ${weight}` },
});
const statistics = async (at: EmbeddedMarathon, part: string) =>
  (await fetch(`${at.statsUrl('sample-config')}${part}`)).text();
const pids = async (at: EmbeddedMarathon) => (await statistics(at, '/_haproxy_getpids')).trim().split(/\s+/);

/** Who has answered a request. */
function slotOf(url: string, options: RequestOptions): Promise<unknown> {
  return new Promise((resolve, reject) => {
    get(url, options, answer => {
      answer.resume();
      answer.once('end', () => resolve(answer.headers['x-app-slot']));
    }).once('error', reject);
  });
}

/** The rows of the servers of the pool's backend: name and status. */
async function rows(
  at: EmbeddedMarathon,
): Promise<readonly { readonly name: string; readonly status: string; readonly weight: string }[]> {
  const [header = '', ...lines] = (await statistics(at, '/haproxy?stats;csv')).trim().split('\n');
  const columns = header.replace('# ', '').split(',');
  const cell = (line: string, column: string) => line.split(',')[columns.indexOf(column)] ?? '';
  return lines
    .filter(line => line.startsWith('svc,') && !line.includes(',BACKEND,'))
    .map(line => ({ name: cell(line, 'svname'), status: cell(line, 'status'), weight: cell(line, 'weight') }));
}

describe(`on ${routersAsText}`, () => {
  describe.each(routers)('%s', router => {
    test('the platform says which router runs', async () => {
      await using at = await startWith([], { router });
      expect(at.router).toBe(router);
    });

    test('a swap of the service under load loses nothing, and one back neither', async () => {
      await using at = await start(router);
      const load = new Load(at.poolUrl('sample-config', 80), { keepAlive: 5, fresh: 5, pauseMs: 2 });
      for (const service of ['/svc-green', '/svc-blue', '/svc-green']) {
        await sleep(100);
        await swap(at, [service]);
        await at.settled();
      }
      await sleep(100);
      const { bySlot, failures } = await load.stop();
      expect(failures).toEqual(new Map());
      expect([bySlot.get('svc-blue'), bySlot.get('svc-green')].every(count => (count ?? 0) > 10)).toBe(true);
      expect(await (await fetch(at.poolUrl('sample-config', 80))).json()).toMatchObject({ slot: 'svc-green' });
    });

    test('a request that runs during a swap ends well on the older worker, which then is gone', async () => {
      await using at = await start(router);
      for (const instance of at.instances('/svc-blue')) instance.answer('/slow', { delayMs: 2_000, body: 'late' });
      const slow = fetch(`${at.poolUrl('sample-config', 80)}/slow`);
      await until('it has arrived', () => at.instances('/svc-blue').some(({ inFlight }) => inFlight > 0));
      await swap(at, ['/svc-green']);
      await at.settled();
      const blue = at.instances('/svc-blue').map(({ port }) => `agentip_127.0.0.1_${port}`);
      expect((await rows(at)).some(({ name }) => blue.includes(name))).toBe(false);
      expect(await pids(at)).toHaveLength(3);
      expect(at.instances('/svc-blue').some(({ pending }) => pending === 1)).toBe(true);
      expect(await (await slow).text()).toBe('late');
      await until('the older worker is gone', async () => (await pids(at)).length === 2);
    });

    test('a connection that a client keeps has one more answer by the older worker, and then moves', async () => {
      await using at = await start(router);
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const slot = () => slotOf(at.poolUrl('sample-config', 80), { agent });
      expect(await slot()).toBe('svc-blue');
      await swap(at, ['/svc-green']);
      await at.settled();
      expect([await slot(), await slot()]).toEqual(['svc-blue', 'svc-green']);
      agent.destroy();
    });

    test('changes that come while the load balancers start, or one right after the other, are not lost', async () => {
      await using at = await startWith(both, { router, timing: { reload: 0, convergence: 0 } });
      const created = edgeLb(at, 'POST', '/v2/pools', pool(['/svc-blue']));
      await until('the pool is stored', () => at.edgeLb.pools.length > 0);
      for (const service of ['/svc-green', '/svc-blue', '/svc-green']) await swap(at, [service]);
      expect((await created).status).toBe(200);
      await at.settled();
      expect(await (await fetch(at.poolUrl('sample-config', 80))).json()).toMatchObject({ slot: 'svc-green' });
    });

    test('shares follow the weights, server by server; weight 0 gets nothing new and stays in the statistics', async () => {
      await using at = await start(router, [app('/svc-blue'), app('/svc-green')]);
      await swap(at, [weighted('/svc-blue', 20), weighted('/svc-green', 10)]);
      await at.settled();
      const ask = async (count: number) => {
        let blue = 0;
        for (let index = 0; index < count; index += 1) {
          const answer = await fetch(at.poolUrl('sample-config', 80), { headers: { connection: 'close' } });
          if (((await answer.json()) as { slot: string }).slot === 'svc-blue') blue += 1;
        }
        return blue;
      };
      expect(await ask(30)).toBe(20);
      await swap(at, [weighted('/svc-blue', 0), weighted('/svc-green', 10)]);
      await at.settled();
      expect(await ask(10)).toBe(0);
      expect((await rows(at)).map(({ weight }) => weight)).toEqual(['0', '10']);
    });

    test('a configuration that HAProxy refuses is accepted by the API, rendered, and never runs', async () => {
      await using at = await start(router);
      expect((await swap(at, [weighted('/svc-green', 300)])).status).toBe(200);
      await at.settled();
      expect((await edgeLb(at, 'GET', `${path}/lbconfig`)).text).toContain('weight 300');
      expect(await statistics(at, '/_haproxy_getconfig')).not.toContain('weight 300');
      expect(await (await fetch(at.poolUrl('sample-config', 80))).json()).toMatchObject({ slot: 'svc-blue' });
      expect(at.edgeLb.runtimes.get('sample-config')?.reloads.at(-1)?.refusal).toMatch(/weight/);
    });

    test('a backend that nothing belongs to answers 503', async () => {
      await using at = await start(router);
      await swap(at, ['/svc-greeen']);
      await at.settled();
      expect(await askOnce(at.poolUrl('sample-config', 80))).toBe(503);
      expect(await rows(at)).toEqual([]);
    });

    test('a server that does not accept connections is found out by the check, and taken for DOWN', async () => {
      await using at = await start(router);
      const gone = { endpoint: { type: 'ADDRESS', address: '127.0.0.1', port: 9 } };
      await swap(at, [gone, '/svc-blue']);
      await at.settled();
      await until('it is down', async () => (await rows(at))[0]?.status === 'DOWN');
      expect(await askOnce(at.poolUrl('sample-config', 80))).toBe(200);
    });

    test('a rule leads a host to its backend: a private way to green', async () => {
      await using at = await start(router);
      const { haproxy, ...rest } = pool(['/svc-blue']);
      const [front] = haproxy.frontends;
      const map = [{ backend: 'preview', hostEq: 'green.shop.example' }];
      const preview = {
        ...haproxy.backends[0],
        name: 'preview',
        services: pool(['/svc-green']).haproxy.backends[0]?.services,
      };
      const frontends = [{ ...front, linkBackend: { defaultBackend: 'svc', map } }];
      await edgeLb(at, 'PUT', path, { ...rest, haproxy: { frontends, backends: [...haproxy.backends, preview] } });
      await at.settled();
      const slot = (host: string) => slotOf(at.poolUrl('sample-config', 80), { headers: { host } });
      expect(await slot('green.shop.example')).toBe('svc-green');
      expect(await slot('shop.example')).toBe('svc-blue');
    });

    test('teeth: blue that is killed before the swap loses requests', async () => {
      await using at = await start(router);
      const load = new Load(at.poolUrl('sample-config', 80), { keepAlive: 5, fresh: 5, pauseMs: 2 });
      await sleep(100);
      await marathon(at, 'PATCH', '/v2/apps/svc-blue', { instances: 0 });
      await until('blue is gone', () => at.tasks('/svc-blue').length === 0);
      await sleep(150);
      await swap(at, ['/svc-green']);
      await at.settled();
      expect((await load.stop()).failed).toBeGreaterThan(0);
    });

    test('teeth: a swap to an app that is not healthy loses requests', async () => {
      const sick = app('/svc-green', { labels: { 'embedded.cutover/start': 'never-healthy' } });
      await using at = await start(router, [app('/svc-blue')]);
      await marathon(at, 'POST', '/v2/apps', sick);
      await until('green runs', () => at.tasks('/svc-green')[0]?.state === 'TASK_RUNNING');
      const load = new Load(at.poolUrl('sample-config', 80), { fresh: 5, pauseMs: 2 });
      await sleep(50);
      const reloads = at.edgeLb.runtimes.get('sample-config')?.reloads ?? [];
      const before = reloads.length;
      await swap(at, ['/svc-green']);
      await until('the swap has arrived', () => reloads.length > before);
      await sleep(50);
      expect((await load.stop()).failures.get('500')).toBeGreaterThan(0);
    });

    test('teeth: blue that is dropped right after the swap was accepted, before it has arrived, loses requests', async () => {
      const rude = app('/svc-blue', { instances: 2, labels: { 'embedded.cutover/drains': 'false' } });
      await using at = await start(router, [rude, app('/svc-green')], { timing: { convergence: 150 } });
      const load = new Load(at.poolUrl('sample-config', 80), { keepAlive: 5, fresh: 5, pauseMs: 1 });
      await sleep(100);
      await swap(at, ['/svc-green']);
      await marathon(at, 'DELETE', '/v2/apps/svc-blue');
      await at.settled();
      expect((await load.stop()).failed).toBeGreaterThan(0);
    });
  });

  test('teeth: a write that touches more than the routing launches the load balancers anew, and drops what they carry', async () => {
    await using at = await start('built-in');
    const url = at.poolUrl('sample-config', 80);
    const load = new Load(url, { keepAlive: 5, fresh: 5, pauseMs: 1 });
    await sleep(100);
    await edgeLb(at, 'PUT', path, pool(['/svc-green'], { cpus: 0.5 }));
    await at.settled();
    expect((await load.stop()).failed).toBeGreaterThan(0);
    expect(at.poolUrl('sample-config', 80)).toBe(url);
    expect(await (await fetch(url)).json()).toMatchObject({ slot: 'svc-green' });
  });

  test('a frontend of connections joins them to its backend, and keeps them through a swap', async () => {
    await using at = await startWith(both, { router: 'built-in' });
    const tcp = (id: string) => {
      const { haproxy, ...rest } = pool([id]);
      const frontends = haproxy.frontends.map(frontend => ({ ...frontend, protocol: 'TCP' }));
      return { ...rest, haproxy: { frontends, backends: haproxy.backends.map(one => ({ ...one, protocol: 'TCP' })) } };
    };
    await edgeLb(at, 'POST', '/v2/pools', tcp('/svc-blue'));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    expect(await slotOf(at.poolUrl('sample-config', 80), { agent })).toBe('svc-blue');
    await edgeLb(at, 'PUT', path, tcp('/svc-green'));
    await at.settled();
    expect(await slotOf(at.poolUrl('sample-config', 80), { agent })).toBe('svc-blue');
    expect(await slotOf(at.poolUrl('sample-config', 80), { agent: false })).toBe('svc-green');
    agent.destroy();
  });

  test('changes in quick succession become one reload: there is a shortest time between two', async () => {
    await using at = await start('built-in', both, { timing: { reload: 200, convergence: 5 } });
    const reloads = () => at.edgeLb.runtimes.get('sample-config')?.reloads ?? [];
    const before = reloads().length;
    for (const service of ['/svc-green', '/svc-blue', '/svc-green']) await swap(at, [service]);
    await at.settled();
    const [first, ...rest] = reloads().slice(before);
    expect(rest).toEqual([]);
    expect((first?.at ?? 0) - (reloads()[before - 1]?.at ?? 0)).toBeGreaterThanOrEqual(180);
  });

  test('one of two load balancers may be behind: its statistics say so', async () => {
    await using at = await startWith(both, { router: 'built-in' });
    await edgeLb(at, 'POST', '/v2/pools', pool(['/svc-blue'], { count: 2 }));
    at.edgeLb.runtimes.get('sample-config')?.deaf.add(1);
    await edgeLb(at, 'PUT', path, pool(['/svc-green'], { count: 2 }));
    await at.settled();
    const green = at.instances('/svc-green')[0]?.port;
    const configuration = async (index: number) =>
      (await fetch(`${at.statsUrl('sample-config', index)}/_haproxy_getconfig`)).text();
    expect([await configuration(0), await configuration(1)].map(text => text.includes(`_${green} `))).toEqual([
      true,
      false,
    ]);
  });
});
