import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { deployment, failureLike, type House, planFor, service, shop, soon, startHouse, yaml } from './support.js';

const TARGET = shop();
const LABELS = { app: 'shop', 'cutover/slot': 'shop-blue' };
const FILES = { 'shop.yaml': yaml(deployment({ version: 'v2' })) };
const INSPECT = { method: 'GET', path: /services\/shop$/ };

async function houseWithBlue(options = {}): Promise<House> {
  const house = await startHouse(FILES, options);
  await house.kube.apply([deployment({ name: 'shop-blue', labels: LABELS }), service(LABELS)]);
  await house.kube.settled();
  return house;
}

function status(code: number, message: string, headers: Record<string, string> = {}) {
  return { status: code, headers, body: { apiVersion: 'v1', kind: 'Status', status: 'Failure', message, code } };
}

async function inspect({ platform }: House) {
  return platform.inspect(TARGET, soon());
}

describe('a read', () => {
  test.each([
    ['too many requests', status(429, 'slow down', { 'retry-after': '1' })],
    ['a server error', status(500, 'etcd is slow')],
    ['a gateway without its server', { status: 502, body: '<html>bad gateway</html>' }],
    ['a reset connection', 'reset' as const],
    ['an answer that breaks off', 'truncate' as const],
  ])('is made again after %s', async (_, answer) => {
    await using house = await houseWithBlue({ speed: 20 });
    house.kube.faults.add({ match: INSPECT, answer, times: 2 });
    expect((await inspect(house)).live).toBe('shop-blue');
    expect(house.kube.faults.unused).toEqual([]);
  });

  test('waits as long as Retry-After asks', async () => {
    const waits: number[] = [];
    await using house = await houseWithBlue();
    const clock = { now: Date.now, sleep: async (ms: number) => void waits.push(ms) };
    const platform = await house.another({ clock });
    house.kube.faults.add({ match: INSPECT, answer: status(429, 'slow down', { 'retry-after': '7' }) });
    await platform.inspect(TARGET, soon());
    expect(waits).toEqual([7_000]);
  });

  test.each([
    [
      'THROTTLED',
      status(429, 'slow down'),
      /asking clients to slow down .* get services "shop" in namespace shop. It said: slow down/,
    ],
    [
      'SERVER_ERROR',
      status(503, 'not ready'),
      /failed with HTTP 503 when asked to get services "shop".* It said: not ready/,
    ],
    ['NOT_JSON', 'html' as const, /something that is not JSON \(HTTP 200\): </],
  ])('that fails for good ends as %s, in one sentence', async (code, answer, message) => {
    await using house = await houseWithBlue({ speed: 100 });
    house.kube.faults.add({ match: INSPECT, answer, times: Number.POSITIVE_INFINITY });
    await expect(inspect(house)).rejects.toMatchObject(failureLike(code, message));
  });

  test('that is cut off inside the JSON is told as that', async () => {
    const server = createServer((_, answer) => {
      answer.writeHead(200, { 'content-type': 'application/json' });
      answer.end('{"kind":"Serv');
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    await using house = await houseWithBlue();
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const platform = await house.another({ kubeconfig: house.kube.kubeconfig().replace(house.kube.url, url) });
    await expect(platform.inspect(TARGET, soon())).rejects.toMatchObject(
      failureLike('TRUNCATED', /ended in the middle/),
    );
    server.closeAllConnections();
    server.close();
  });

  test('stops at once when its step is over, with the reason of the step', async () => {
    await using house = await houseWithBlue();
    house.kube.faults.add({ match: INSPECT, answer: 'hang' });
    const begun = Date.now();
    const over = new AbortController();
    setTimeout(() => over.abort(new Error('the step is over')), 50);
    await expect(house.platform.inspect(TARGET, over.signal)).rejects.toThrow('the step is over');
    expect(Date.now() - begun).toBeLessThan(1_000);
  });

  test('of something that is not there says so: Service, namespace', async () => {
    await using house = await houseWithBlue();
    await expect(house.platform.inspect(shop({ routes: ['service/cart'] }), soon())).rejects.toMatchObject(
      failureLike(
        'SERVICE_NOT_FOUND',
        /^There is no Service cart in namespace shop, and the manifest does not define one.$/,
      ),
    );
    const elsewhere = shop({ namespace: 'prod', manifest: undefined });
    await expect(house.platform.inspect(elsewhere, soon())).rejects.toMatchObject(
      failureLike('NAMESPACE_NOT_FOUND', /^There is no namespace prod.$/),
    );
  });
});

describe('a write', () => {
  test('is not repeated after a server error: nobody knows what it did', async () => {
    await using house = await houseWithBlue({ speed: 100 });
    const plan = await planFor(house.platform, TARGET, 'v2');
    house.kube.faults.add({ match: { method: 'PATCH', path: /deployments/ }, answer: status(500, 'webhook failed') });
    await expect(house.platform.deploy(TARGET, plan, soon())).rejects.toMatchObject(
      failureLike('SERVER_ERROR', /patch deployments "shop-green" in namespace shop. It said: webhook failed/),
    );
    expect(house.kube.requests.mutating).toHaveLength(1);
  });

  test('that was turned away with 429 is made again', async () => {
    await using house = await houseWithBlue({ speed: 100 });
    const plan = await planFor(house.platform, TARGET, 'v2');
    house.kube.faults.add({ match: { method: 'PATCH', path: /deployments/ }, answer: status(429, 'later'), times: 2 });
    expect(await house.platform.deploy(TARGET, plan, soon())).toHaveLength(1);
  });

  test('of green is applied again when its answer is lost, since that changes nothing', async () => {
    await using house = await houseWithBlue();
    const plan = await planFor(house.platform, TARGET, 'v2');
    house.kube.faults.add({ match: { method: 'PATCH', path: /deployments/ }, answer: 'lose-answer' });
    await house.platform.deploy(TARGET, plan, soon());
    expect(house.kube.objects('deployments', 'shop')).toHaveLength(2);
  });
});

describe('credentials', () => {
  test('a token that expired is told in one sentence', async () => {
    await using house = await houseWithBlue();
    house.kube.authority.expire();
    await expect(inspect(house)).rejects.toMatchObject(
      failureLike('UNAUTHORIZED', /does not accept the credentials: the token is invalid or has expired/),
    );
  });

  test('a forbidden request names verb, resource and namespace, and the rule to add', async () => {
    await using house = await houseWithBlue();
    const token = house.kube.authority.addUser('deployer', [
      { verbs: ['get', 'list'], groups: [''], resources: ['services', 'pods'], namespaces: ['shop'] },
    ]);
    const platform = await house.another({ kubeconfig: house.kube.kubeconfig(token) });
    await expect(platform.inspect(TARGET, soon())).rejects.toMatchObject({
      ...failureLike(
        'FORBIDDEN',
        /^The credentials may not get deployments "shop-(blue|green)" in namespace shop\. It said: /,
      ),
      hint: 'Add this rule to the Role that they are bound to in namespace shop: {apiGroups: ["apps"], resources: ["deployments"], verbs: ["get"]}',
    });
  });

  test('what is missing is read from what the server says: an apply that creates needs both verbs', async () => {
    await using house = await houseWithBlue();
    const plan = await planFor(house.platform, TARGET, 'v2');
    const message =
      'deployments.apps is forbidden: User "x" cannot create resource "deployments" in API group "apps" in the namespace "shop"';
    house.kube.faults.add({ match: { method: 'PATCH', path: /deployments/ }, answer: status(403, message) });
    await expect(house.platform.deploy(TARGET, plan, soon())).rejects.toMatchObject({
      code: 'FORBIDDEN',
      hint: expect.stringContaining('verbs: ["create"]'),
    });
  });

  test('every secret of the kubeconfig is masked before the first request', async () => {
    await using house = await houseWithBlue();
    expect(house.masked).toContain(house.kube.token);
  });

  test('come from a file, from KUBECONFIG, and from another context', async () => {
    await using house = await houseWithBlue();
    await writeFile(join(house.workspace, 'kube.yaml'), house.kube.kubeconfig());
    const byPath = await house.another({ kubeconfig: 'kube.yaml' });
    expect((await byPath.inspect(TARGET, soon())).live).toBe('shop-blue');
    const environment = { KUBECONFIG: join(house.workspace, 'kube.yaml') };
    const byEnvironment = await house.another({ kubeconfig: undefined, environment });
    expect((await byEnvironment.inspect(TARGET, soon())).live).toBe('shop-blue');
  });

  test.each([
    [
      'no such file',
      { kubeconfig: 'absent.yaml' },
      /the input kubeconfig names absent.yaml, and there is no such file/,
    ],
    ['nothing at all', { kubeconfig: undefined }, /no input kubeconfig was given, KUBECONFIG is not set/],
    [
      'no such context',
      { context: 'prod' },
      /the input kubeconfig: the kubeconfig has no complete context "prod" \(it has /,
    ],
    [
      'no YAML',
      { kubeconfig: 'clusters: [\n' },
      /There are no usable credentials for a Kubernetes cluster: the input kubeconfig: /,
    ],
  ])('%s ends before anything is contacted', async (_, settings, message) => {
    await using house = await houseWithBlue();
    await expect(house.another(settings)).rejects.toMatchObject({
      ...failureLike('KUBECONFIG', message),
      result: 'invalid',
    });
  });

  test('a server that does not answer is named with its address', async () => {
    await using house = await houseWithBlue();
    const clock = { now: Date.now, sleep: async () => undefined };
    const closed = createServer();
    await new Promise<void>(resolve => closed.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(closed.address() as AddressInfo).port}`;
    await new Promise(resolve => closed.close(resolve));
    const kubeconfig = house.kube.kubeconfig().replace(house.kube.url, url);
    const platform = await house.another({ kubeconfig, clock });
    await expect(platform.inspect(TARGET, soon())).rejects.toMatchObject(
      failureLike(
        'UNREACHABLE',
        /^The Kubernetes API at http:\/\/127.0.0.1:\d+ does not answer \(connection refused\)/,
      ),
    );
  });
});

test('a path prefix in the address of the server stays on every call, watches and proxies included', async () => {
  await using house = await houseWithBlue({ pathPrefix: '/k8s/clusters/c-1' });
  const { platform, kube } = house;
  const plan = await planFor(platform, TARGET, 'v2');
  await platform.deploy(TARGET, plan, soon());
  for await (const state of platform.readiness(TARGET, 'shop-green', plan, soon())) if (state.complete) break;
  await using green = await platform.preview(TARGET, 'shop-green', soon());
  expect(await (await fetch(`${green.url}/any`)).json()).toMatchObject({ version: 'v2', path: '/any' });
  expect(kube.unknownRequests).toEqual([]);
});

describe('over TLS', () => {
  test('everything works, proxies and watches included, on few connections', async () => {
    await using house = await houseWithBlue({ tls: true });
    const { platform } = house;
    const plan = await planFor(platform, TARGET, 'v2');
    await platform.deploy(TARGET, plan, soon());
    for await (const state of platform.readiness(TARGET, 'shop-green', plan, soon())) if (state.complete) break;
    await using green = await platform.preview(TARGET, 'shop-green', soon());
    expect(await (await fetch(`${green.url}/`)).json()).toMatchObject({ version: 'v2' });
  });

  test('a server that cannot be trusted is never asked', async () => {
    await using house = await houseWithBlue({ tls: true });
    const kubeconfig = house.kube.kubeconfig().replace(/^.*certificate-authority-data.*\n/m, '');
    const platform = await house.another({ kubeconfig });
    await expect(platform.inspect(TARGET, soon())).rejects.toMatchObject(
      failureLike('TLS', /could not be trusted: .*self.signed/i),
    );
    expect(house.kube.requests.all).toEqual([]);
  });
});
