import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type EmbeddedKubernetes, type Pod, startEmbeddedKubernetes } from '../../../src/embedded/kubernetes/index.js';
import { askOnce, Load, sleep } from '../load.js';
import { call, deployment, deploymentPath, jsonPatch, mergePatch, namespace, service, shopPath } from './support.js';

let platform: EmbeddedKubernetes;
beforeEach(async () => {
  platform = await startEmbeddedKubernetes({ timing: { readyAfter: 10 } });
  await platform.apply([deployment('blue'), deployment('green', { version: 'v2' }), service('blue')]);
  await platform.settled();
});
afterEach(() => platform.close());

const switchTo = (color: string) =>
  call(platform, 'PATCH', shopPath, {
    type: jsonPatch,
    body: [{ op: 'replace', path: '/spec/selector/color', value: color }],
  });
const url = () => platform.serviceUrl(namespace, 'shop');

describe('a cutover under load', () => {
  test('loses nothing, is never empty and never mixed, and the old colour drains', async () => {
    const load = new Load(url(), { keepAlive: 10, fresh: 10 });
    await sleep(60);
    await switchTo('green');
    await sleep(60);
    await call(platform, 'DELETE', deploymentPath('blue'));
    await platform.settled();
    const report = await load.stop();
    expect(report.failures).toEqual(new Map());
    expect(report.bySlot.get('green')).toBeGreaterThan(10);
    const history = platform.routing(namespace, 'shop');
    const live = history.slice(history.findIndex(({ slots }) => slots.length > 0));
    expect(live.filter(({ source }) => source === 'endpoints').map(({ slots }) => slots)).toContainEqual(['green']);
    const last = live.findLastIndex(({ slots }) => slots.includes('blue'));
    expect(live.slice(0, last + 1).every(({ slots }) => slots.length === 1)).toBe(true);
  });

  test('to a selector that matches nothing loses requests', async () => {
    const load = new Load(url(), { keepAlive: 5, fresh: 5 });
    await sleep(30);
    await switchTo('purple');
    await sleep(120);
    await switchTo('green');
    await platform.settled();
    const report = await load.stop();
    expect(report.failed).toBeGreaterThan(0);
    expect(
      platform.routing(namespace, 'shop').some(({ slots, source }) => source === 'router' && slots.length === 0),
    ).toBe(true);
  });

  test('that removes an old colour which does not drain loses requests', async () => {
    const annotations = { 'embedded.cutover/drains': 'false' };
    await platform.apply([deployment('rude', { annotations })]);
    await platform.settled();
    await switchTo('rude');
    await platform.settled();
    const load = new Load(url(), { keepAlive: 10 });
    await sleep(60);
    await switchTo('green');
    await platform.settled();
    await call(platform, 'DELETE', deploymentPath('rude'));
    await platform.settled();
    expect((await load.stop()).failed).toBeGreaterThan(0);
  });
});

describe('the endpoints of a Service', () => {
  const endpoints = () =>
    platform
      .objects('endpointslices', namespace)
      .flatMap(slice => (slice.endpoints ?? []) as { conditions: Record<string, boolean> }[]);

  test('list a terminating pod as serving, not as ready', async () => {
    const pod = platform.objects<Pod>('pods', namespace).find(({ metadata }) => metadata.labels?.color === 'blue');
    await call(platform, 'DELETE', `/api/v1/namespaces/${namespace}/pods/${pod?.metadata.name}`);
    await sleep(25);
    expect(endpoints().map(({ conditions }) => conditions)).toContainEqual({
      ready: false,
      serving: true,
      terminating: true,
    });
  });

  test('of both colours are one list when the selector matches both', async () => {
    await call(platform, 'PATCH', shopPath, {
      type: jsonPatch,
      body: [{ op: 'replace', path: '/spec/selector', value: { app: 'shop' } }],
    });
    await platform.settled();
    expect(endpoints()).toHaveLength(4);
    expect(platform.routing(namespace, 'shop').at(-1)?.slots).toEqual(['blue', 'green']);
  });

  test('are null, not an empty list, when nothing matches', async () => {
    await switchTo('purple');
    await platform.settled();
    const { body } = await call(platform, 'GET', `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`);
    expect(body.items.map(({ endpoints: all, ports }: { endpoints: unknown; ports: unknown }) => [all, ports])).toEqual(
      [[null, null]],
    );
    expect(platform.objects('endpoints', namespace)[0]?.subsets).toBeUndefined();
  });

  test('follow named ports, and a port that nothing listens on is refused', async () => {
    await platform.apply([service('blue', { ports: [{ name: 'http', port: 80, targetPort: 'http' }] })]);
    await platform.settled();
    expect(await askOnce(url())).toBe(200);
    await platform.apply([service('blue', { ports: [{ name: 'http', port: 80, targetPort: 9999 }] })]);
    await platform.settled();
    await expect(askOnce(url())).rejects.toThrow();
  });
});

describe('the proxy of the API server', () => {
  test('forwards to a pod and to a Service, without the credential', async () => {
    const pod = platform.objects<Pod>('pods', namespace).find(({ metadata }) => metadata.labels?.color === 'green');
    const viaPod = await call(
      platform,
      'GET',
      `/api/v1/namespaces/${namespace}/pods/${pod?.metadata.name}:8000/proxy/deep/path?x=1`,
    );
    expect(viaPod.body).toMatchObject({ slot: 'green', version: 'v2', path: '/deep/path' });
    const viaService = await call(platform, 'GET', `${shopPath}:http/proxy/`);
    expect(viaService.headers.get('x-app-slot')).toBe('blue');
    expect((await call(platform, 'POST', `${shopPath}/proxy/orders`, { body: { n: 1 } })).body.path).toBe('/orders');
  });

  test('keeps a redirect within the proxy', async () => {
    for (const instance of platform.instances(namespace, { color: 'blue' })) {
      instance.answer('/old', { status: 302, headers: { location: '/new?a=b' } });
    }
    const response = await fetch(`${platform.url}${shopPath}:80/proxy/old`, {
      headers: { authorization: `Bearer ${platform.token}` },
      redirect: 'manual',
    });
    expect(response.headers.get('location')).toBe(`${shopPath}:80/proxy/new?a=b`);
  });

  test('answers 503 when there is nobody', async () => {
    const pod = platform.objects<Pod>('pods', namespace)[0];
    const wrongPort = await call(
      platform,
      'GET',
      `/api/v1/namespaces/${namespace}/pods/${pod?.metadata.name}:1234/proxy/`,
    );
    expect([wrongPort.status, wrongPort.body.reason]).toEqual([503, 'ServiceUnavailable']);
    expect(wrongPort.body.message).toMatch(
      /^error trying to reach service: dial tcp 10\.244\.\d+\.\d+:1234: connect: connection refused$/,
    );
    await call(platform, 'PATCH', shopPath, { type: mergePatch, body: { spec: { selector: { color: 'purple' } } } });
    await platform.settled();
    const empty = await call(platform, 'GET', `${shopPath}:http/proxy/`);
    expect([empty.status, empty.body.message]).toEqual([503, 'no endpoints available for service "shop"']);
  });
});
