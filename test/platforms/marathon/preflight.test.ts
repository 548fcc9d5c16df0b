import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { configSchema, targetSchema } from '../../../src/config/schema.js';
import { examine } from '../../../src/platforms/marathon/examination.js';
import { example, type House, startHouse } from './house.js';

const PLAN = { verb: 'plan' };

async function findings(house: House, settings: object = {}): Promise<readonly string[]> {
  const { outcome } = await house.run({ ...PLAN, ...settings });
  return outcome.findings.map(({ code, severity }) => `${severity} ${code}`);
}

async function rewrite(house: House, change: object): Promise<void> {
  await writeFile(join(house.workspace, 'svc.json'), JSON.stringify({ ...example('svc-green.json'), ...change }));
}

async function repool(house: House, change: (pool: ReturnType<typeof example>) => void): Promise<void> {
  const pool = await house.api('GET', '/service/edgelb/v2/pools/sample-config');
  change(pool);
  await house.api('PUT', '/service/edgelb/v2/pools/sample-config', pool);
  await house.dcos.settled();
}

/** A service of a backend as users write it. */
const service = (serviceID: string) => ({ marathon: { serviceID }, endpoint: { portName: 'web' } });

describe('before anything is written', () => {
  test('all that is odd about the definition of green is told at once, and nothing is written', async () => {
    await using house = await startHouse();
    const definition = { healthChecks: [], portDefinitions: [{ name: 'admin', port: 8080 }], requirePorts: true };
    await rewrite(house, definition);
    const before = house.dcos.requests.all.filter(({ mutating }) => mutating).length;
    expect(await findings(house)).toEqual([
      'error NO_HEALTH_CHECK',
      'error PORT_NOT_DEFINED',
      'warning FIXED_HOST_PORT',
      'info ROOM_NOT_KNOWN',
    ]);
    const writes = house.dcos.requests.all.filter(({ mutating }) => mutating).slice(before);
    expect(writes.filter(({ path }) => !path.startsWith('/acs/'))).toEqual([]);
  });

  test.each([
    ['1.3.0', true],
    ['1.3.1', false],
    ['v1.7.0-rc1', false],
    ['2.0', false],
    ['unheard of', true],
  ])('health checks of Mesos are heeded by Edge-LB %s: told that not: %s', async (version, isTold) => {
    await using house = await startHouse();
    await rewrite(house, { healthChecks: [{ protocol: 'MESOS_HTTP', portIndex: 0, path: '/' }] });
    const answer = { status: 200, body: version, headers: { 'content-type': 'text/plain' } };
    house.dcos.faults.add({ match: { path: /edgelb\/version/ }, answer });
    expect((await findings(house)).includes('info HEALTH_UNSEEN')).toBe(isTold);
  });

  test('an app without health checks is bearable where checks look at green', async () => {
    await using house = await startHouse();
    await rewrite(house, { healthChecks: [] });
    // A plan makes no checks: what a run would make is what counts here.
    const { outcome } = await house.run({ verify: [{ http: { path: '/' } }] });
    expect(outcome.findings.map(({ code, severity }) => `${severity} ${code}`)).toContain('warning NO_HEALTH_CHECK');
    expect(outcome.result).toBe('succeeded');
  });

  const BACKENDS: readonly (readonly [code: string, services: readonly object[]])[] = [
    ['error MIXED_BACKEND', [service('/svc-blue'), service('/svc-green')]],
    ['error STRANGE_BACKEND', [service('/svc-other')]],
    ['warning SHARED_BACKEND', [service('/svc-blue'), service('/svc-other')]],
    [
      'error PATTERN_IN_BACKEND',
      [service('/svc-blue'), { marathon: { serviceIDPattern: '/svc-.*' }, endpoint: { portName: 'web' } }],
    ],
  ];
  test.each(BACKENDS)('%s', async (code, services) => {
    await using house = await startHouse();
    await repool(house, pool => {
      pool.haproxy.backends[0].services = services;
    });
    expect(await findings(house)).toContain(code);
  });

  test('another backend by which blue is live has to be named', async () => {
    await using house = await startHouse();
    await repool(house, pool => {
      pool.haproxy.backends.push({ ...pool.haproxy.backends[0], name: 'inside' });
      pool.haproxy.frontends.push({ bindPort: 8081, protocol: 'HTTP', linkBackend: { defaultBackend: 'inside' } });
    });
    expect(await findings(house)).toContain('error UNNAMED_BACKEND');
    const both = { routes: ['pool/sample-config/svc', 'pool/sample-config/inside'] };
    expect(await findings(house, { target: both })).not.toContain('error UNNAMED_BACKEND');
  });

  test('load balancers that the runner does not reach are told, unless that was accepted', async () => {
    await using house = await startHouse();
    const marathon = {
      url: house.dcos.url,
      credentials: { token: house.dcos.token() },
      'load-balancers': ['http://127.0.0.1:9'],
    };
    expect(await findings(house, { marathon })).toContain('error LOAD_BALANCER_UNSEEN');
    const accepted = { marathon: { ...marathon, statistics: 'if-reachable' } };
    expect(await findings(house, accepted)).toContain('warning LOAD_BALANCER_UNSEEN');
    const { outcome, log } = await house.run(accepted);
    expect(outcome.result).toBe('succeeded');
    expect(log).toContain('what the load balancers do is not known');
  });

  test('a pool or a backend that does not exist is told by its name', async () => {
    await using house = await startHouse();
    const run = (route: string) => house.run({ ...PLAN, target: { routes: [route] } });
    const [pool, backend] = [await run('pool/none/svc'), await run('pool/sample-config/none')];
    expect(pool.outcome.failures[0]?.code).toBe('POOL_NOT_FOUND');
    expect(backend.outcome.failures[0]?.message).toContain('it has svc');
  });
});

describe('without any contact', () => {
  const target = (change: object) =>
    targetSchema.parse({ name: 'svc', slots: { blue: '/a', green: '/b' }, routes: ['pool/p/b'], ...change });
  const MISTAKES: readonly (readonly [name: string, change: object, words: RegExp])[] = [
    ['the same app twice', { slots: { blue: 'svc', green: '/svc' } }, /are the same app/],
    ['a route of another kind', { routes: ['service/shop'] }, /name a backend of a pool/],
    ['a route named twice', { routes: ['pool/p/b', 'pool/p/b'] }, /named twice/],
    ['no route', { routes: 'none' }, /needs a route/],
    ['a namespace', { namespace: 'shop' }, /no namespaces/],
    ['images by container', { images: { a: 'b' } }, /say image/],
    ['a manifest that is not there', { manifest: 'nothing.json' }, /is not a file/],
  ];
  test.each(MISTAKES)('%s is a mistake', async (_, change, words) => {
    const problems = await examine(target(change), import.meta.dirname);
    expect(problems.map(({ message }) => message).join(' ')).toMatch(words);
  });

  test.each([
    ['a pod', { containers: [] }, /defines a pod/],
    ['a group', { id: '/g', apps: [] }, /defines a group/],
    ['nothing to run', { id: '/a' }, /neither cmd nor args nor container/],
    ['a size that is none', { cmd: 'a', instances: 'two' }, /no number of instances/],
    ['no container for its image', { cmd: 'a' }, /has no container\.docker/],
  ])('a manifest that is %s is a mistake', async (_, document, words) => {
    await using house = await startHouse();
    await writeFile(join(house.workspace, 'odd.json'), JSON.stringify(document));
    const problems = await examine(target({ manifest: 'odd.json', image: 'a:b' }), house.workspace);
    expect(problems.map(({ message }) => message).join(' ')).toMatch(words);
  });

  test('the section marathon says where Marathon is', () => {
    const parsed = configSchema.safeParse({ version: '1', targets: [target({})], marathon: { router: 'edge-lb' } });
    expect(JSON.stringify(parsed.error?.issues)).toContain('needs url (of a DC/OS cluster) or marathon-url');
  });
});
