import { describe, expect, test } from '@jest/globals';
import { app, edgeLb, pool, startWith, until } from '../marathon/support.js';

const path = '/v2/pools/sample-config';
const builtIn = { router: 'built-in' } as const;
const blue = app('/svc-blue');

describe('the pools', () => {
  test('are shown with everything filled in, and PUT answers what was sent', async () => {
    await using at = await startWith([], builtIn);
    expect((await edgeLb(at, 'GET', '/ping')).text).toBe('pong');
    expect((await edgeLb(at, 'POST', '/v2/pools', pool(['/svc-blue']))).status).toBe(200);
    const { body } = await edgeLb(at, 'GET', path);
    expect(body).toMatchObject({ namespace: 'dcos-edgelb/pools', haproxy: { stats: { bindPort: 9090 } } });
    expect(body.haproxy.frontends[0]).toMatchObject({ name: 'frontend_0.0.0.0_80', bindAddress: '0.0.0.0' });
    expect(body.haproxy.backends[0].services[0].endpoint).toMatchObject({ type: 'AUTO_IP', check: { enabled: true } });
    const sent = pool(['/svc-green']);
    expect((await edgeLb(at, 'PUT', path, sent)).body).toEqual(sent);
    expect((await edgeLb(at, 'GET', '/v2/config')).body.pools).toHaveLength(1);
  });

  test.each([
    ['GET', '/v2/pools/other', undefined, 404, 'pool other not found'],
    ['GET', '/v2/pools/older', undefined, 404, 'pool older is not APIVersion V2'],
    ['POST', '/v2/pools', pool(['/svc-blue']), 409, 'pool sample-config already exists'],
    ['PUT', '/v2/pools/other', pool(['/svc-blue'], { name: 'other' }), 404, 'pool other not found'],
  ])('%s %s is answered by its reason as {code, message}', async (method, at_, body, status, message) => {
    await using at = await startWith([], builtIn);
    await edgeLb(at, 'POST', '/v2/pools', pool(['/svc-blue']));
    at.edgeLb.addOlderPool('older');
    const answer = await edgeLb(at, method, at_, body);
    expect([answer.status, answer.body]).toEqual([status, { code: status, message }]);
  });

  test('the name in the body decides which pool is replaced; the one in the path appears in refusals alone', async () => {
    await using at = await startWith([], builtIn);
    await edgeLb(at, 'POST', '/v2/pools', pool(['/svc-blue']));
    await edgeLb(at, 'POST', '/v2/pools', pool(['/svc-blue'], { name: 'other' }));
    const { status } = await edgeLb(at, 'PUT', path, pool(['/svc-green'], { name: 'other' }));
    const serves = (name: string) => at.pool(name).haproxy.backends[0]?.services[0]?.marathon.serviceID;
    expect([status, serves('sample-config'), serves('other')]).toEqual([200, '/svc-blue', '/svc-green']);
    const missing = await edgeLb(at, 'PUT', path, pool(['/svc-green'], { name: 'third' }));
    expect(missing.body).toEqual({ code: 404, message: 'pool sample-config not found' });
  });

  test('a 500 can mean that the pool has been written', async () => {
    await using at = await startWith([], builtIn);
    await edgeLb(at, 'POST', '/v2/pools', pool(['/svc-blue']));
    at.edgeLb.failAfterWrite = 1;
    const { body, status } = await edgeLb(at, 'PUT', path, pool(['/svc-green']));
    expect([status, body.code]).toEqual([500, 500]);
    expect((await edgeLb(at, 'GET', path)).body.haproxy.backends[0].services[0].marathon.serviceID).toBe('/svc-green');
  });

  test('the template can be read, and not be overridden', async () => {
    await using at = await startWith([], builtIn);
    await edgeLb(at, 'POST', '/v2/pools', pool(['/svc-blue']));
    for (const prefix of ['/v2', path]) expect((await edgeLb(at, 'GET', `${prefix}/lbtemplate`)).status).toBe(200);
    expect((await edgeLb(at, 'PUT', `${path}/lbtemplate`, 'global')).status).toBe(405);
    expect(at.unknownRequests).toEqual([]);
  });

  test('there is no version: the last writer wins', async () => {
    await using at = await startWith([], builtIn);
    await edgeLb(at, 'POST', '/v2/pools', pool(['/svc-blue']));
    const { headers } = await edgeLb(at, 'GET', path);
    expect(headers.get('etag')).toBeNull();
    for (const id of ['/one', '/two']) expect((await edgeLb(at, 'PUT', path, pool([id]))).status).toBe(200);
    expect(at.pool('sample-config').haproxy.backends[0]?.services[0]?.marathon.serviceID).toBe('/two');
  });

  test('one that is removed is gone, with its load balancers', async () => {
    await using at = await startWith([], builtIn);
    await edgeLb(at, 'POST', '/v2/pools', pool(['/svc-blue']));
    const url = at.poolUrl('sample-config', 80);
    expect((await edgeLb(at, 'DELETE', path)).status).toBe(204);
    expect((await edgeLb(at, 'GET', path)).status).toBe(404);
    await expect(fetch(url)).rejects.toThrow();
  });

  test('the metadata names every load balancer and where its statistics are', async () => {
    await using at = await startWith([blue], builtIn);
    await edgeLb(at, 'POST', '/v2/pools', pool(['/svc-blue'], { count: 2 }));
    const { body } = await edgeLb(at, 'GET', `${path}/metadata`);
    expect(body.frontends).toMatchObject([
      { name: 'frontend_0.0.0.0_80', endpoints: [{ private: ['127.0.0.1', '127.0.0.2'] }] },
    ]);
    const [{ port, private: addresses }] = body.stats;
    for (const address of addresses) {
      expect(await (await fetch(`http://${address}:${port}/haproxy?stats;csv`)).text()).toMatch(/^# pxname,svname,/);
    }
  });
});

describe('a pool is refused with 400', () => {
  const valid = pool(['/svc-blue']);
  const { backends, frontends } = valid.haproxy;
  const [svc] = backends;
  const [front] = frontends;
  const spare = { ...svc, name: 'green' };
  const haproxy = (part: object) => ({ ...valid, haproxy: { ...valid.haproxy, ...part } });
  const services = (service: object) => haproxy({ backends: [{ ...svc, services: [service] }] });
  const linked = (linkBackend: object) => haproxy({ frontends: [{ ...front, linkBackend }] });

  test.each<[string, object, string]>([
    [
      'a backend that no frontend refers to',
      haproxy({ backends: [svc, spare] }),
      'frontends do not refer to these backends: green',
    ],
    [
      'a backend that there is none of',
      linked({ defaultBackend: 'svc', map: [{ backend: 'x', hostEq: 'h' }] }),
      'missing backends: x',
    ],
    ['a backend without services', haproxy({ backends: [{ ...svc, services: [] }] }), 'at least one service'],
    ['a service without an app', services({ endpoint: { portName: 'web' } }), 'without marathon.serviceID'],
    ['an endpoint without a port', services({ marathon: { serviceID: '/x' }, endpoint: {} }), 'without portName'],
    [
      'two frontends on one port',
      haproxy({ frontends: [front, { ...front, name: 'b' }] }),
      'duplicate frontend bindPorts: 80',
    ],
    ['two backends of one name', haproxy({ backends: [svc, svc] }), 'duplicate backend names: svc'],
    ['HTTPS without certificates', haproxy({ frontends: [{ ...front, protocol: 'HTTPS' }] }), 'needs certificates'],
    ['a rule without a condition', linked({ map: [{ backend: 'svc' }] }), 'without a condition'],
    [
      'redirectToHttps on TCP',
      haproxy({ frontends: [{ ...front, protocol: 'TCP', redirectToHttps: {} }] }),
      'redirectToHttps',
    ],
    ['a name in capitals', { ...valid, name: 'Sample' }, 'must match'],
    ['another namespace than before', { ...valid, namespace: 'elsewhere' }, 'namespace'],
  ])('for %s', async (_, body, message) => {
    await using at = await startWith([], builtIn);
    await edgeLb(at, 'POST', '/v2/pools', valid);
    const method = (body as { name: string }).name === 'Sample' ? 'POST' : 'PUT';
    const answer = await edgeLb(at, method, method === 'POST' ? '/v2/pools' : path, body);
    expect(answer.body).toEqual({ code: 400, message: expect.stringContaining(message) });
    expect(at.pool('sample-config').haproxy.backends).toHaveLength(1);
  });
});

describe('the rendered configuration', () => {
  const rendered = async (at: Awaited<ReturnType<typeof startWith>>) =>
    (await edgeLb(at, 'GET', `${path}/lbconfig`)).text;

  test('is text, and names each server by its address', async () => {
    await using at = await startWith([blue], builtIn);
    const weighted = { marathon: { serviceID: 'svc-blue' }, endpoint: { portName: 'web', miscStr: 'weight 20' } };
    await edgeLb(at, 'POST', '/v2/pools', pool([weighted]));
    const [port] = at.tasks('/svc-blue')[0]?.ports ?? [];
    expect(await rendered(at)).toContain('backend svc');
    expect(await rendered(at)).toContain(`server agentip_127.0.0.1_${port} 127.0.0.1:${port} check weight 20`);
    expect((await edgeLb(at, 'GET', '/v2/pools/other/lbconfig')).status).toBe(404);
  });

  test('has tasks that Marathon knows to be sick, since its checks can not be seen; those of Mesos can', async () => {
    const labels = { 'embedded.cutover/start': 'never-healthy' };
    const byMesos = { labels, healthChecks: [{ portIndex: 0, path: '/', protocol: 'MESOS_HTTP' }] };
    await using at = await startWith([], builtIn);
    await edgeLb(at, 'POST', '/v2/pools', pool(['/seen', '/unseen']));
    for (const one of [app('/unseen', { labels }), app('/seen', byMesos)]) at.marathon.create(one, false);
    await until('both run', () => at.marathon.tasks.filter(({ state }) => state === 'TASK_RUNNING').length === 2);
    await until('a server is there', async () => /^ +server /m.test(await rendered(at)));
    const ports = (id: string) => String(at.tasks(id)[0]?.ports[0]);
    expect(await rendered(at)).toContain(ports('/unseen'));
    expect(await rendered(at)).not.toContain(ports('/seen'));
  });

  test('has explicit addresses, which is how single tasks are taken out', async () => {
    await using at = await startWith([app('/svc-blue', { instances: 2 })], builtIn);
    const [port = 0] = at.tasks('/svc-blue')[0]?.ports ?? [];
    await edgeLb(at, 'POST', '/v2/pools', pool([{ endpoint: { type: 'ADDRESS', address: '127.0.0.1', port } }]));
    expect((await rendered(at)).match(/^ +server .*$/gm)).toEqual([
      `  server address_127.0.0.1_${port} 127.0.0.1:${port} check`,
    ]);
  });
});
