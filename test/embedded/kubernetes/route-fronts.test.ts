import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type EmbeddedKubernetes, startEmbeddedKubernetes } from '../../../src/embedded/kubernetes/index.js';
import { askOnce, Load, sleep } from '../load.js';
import { call, deployment, jsonPatch, namespace, service } from './support.js';

let platform: EmbeddedKubernetes;
beforeEach(async () => {
  platform = await startEmbeddedKubernetes({ timing: { readyAfter: 10 } });
  const named = (color: string) => {
    const { metadata, ...rest } = service(color);
    return { ...rest, metadata: { ...metadata, name: `shop-${color}` } };
  };
  await platform.apply([deployment('blue'), deployment('green', { version: 'v2' }), named('blue'), named('green')]);
  await platform.settled();
});
afterEach(() => platform.close());

const refs = (blue: number, green: number) => [
  { name: 'shop-blue', port: 80, weight: blue },
  { name: 'shop-green', port: 80, weight: green },
];
const httpRoute = (backendRefs: readonly object[], kind = 'HTTPRoute') => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind,
  metadata: { name: 'shop', namespace },
  spec: { parentRefs: [{ name: 'front' }], rules: [{ backendRefs }] },
});
const ingress = (name: string) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'shop', namespace },
  spec: {
    rules: [
      {
        http: {
          paths: [{ path: '/shop', pathType: 'Prefix', backend: { service: { name, port: { number: 80 } } } }],
        },
      },
    ],
  },
});
const virtualService = (route: readonly object[]) => ({
  apiVersion: 'networking.istio.io/v1',
  kind: 'VirtualService',
  metadata: { name: 'shop', namespace },
  spec: { hosts: ['shop'], http: [{ route }] },
});
const path = `/apis/gateway.networking.k8s.io/v1/namespaces/${namespace}/httproutes/shop`;

/** The slots of a hundred answers, one after the other. */
async function shares(route: string, at = '/'): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (let asked = 0; asked < 100; asked++) {
    const answer = await fetch(`${platform.routeUrl(namespace, route)}${at}`);
    const version = answer.headers.get('x-app-version') ?? String(answer.status);
    counts[version] = (counts[version] ?? 0) + 1;
    await answer.arrayBuffer();
  }
  return counts;
}

describe('traffic through an HTTPRoute', () => {
  test.each(['HTTPRoute', 'GRPCRoute'])('is shared by weight (%s)', async kind => {
    await platform.apply([httpRoute(refs(90, 10), kind)]);
    await platform.settled();
    expect(await shares(`${kind.toLowerCase()}/shop`)).toEqual({ v1: 90, v2: 10 });
  });

  test('follows its weights on kept connections too, and loses nothing', async () => {
    await platform.apply([httpRoute(refs(1, 0))]);
    await platform.settled();
    const load = new Load(platform.routeUrl(namespace, 'httproute/shop'), { keepAlive: 4, fresh: 4 });
    await sleep(60);
    await call(platform, 'PATCH', path, {
      type: jsonPatch,
      body: [{ op: 'replace', path: '/spec/rules/0/backendRefs', value: refs(0, 1) }],
    });
    await platform.settled();
    await sleep(60);
    const { failures, bySlot } = await load.stop();
    expect(failures).toEqual(new Map());
    expect(bySlot.get('green')).toBeGreaterThan(10);
  });

  test('answers 500 for the share of a backend that does not exist, and says so in its status', async () => {
    await platform.apply([
      httpRoute([
        { name: 'shop-blue', port: 80 },
        { name: 'nowhere', port: 80 },
      ]),
    ]);
    await platform.settled();
    expect(await shares('httproute/shop')).toEqual({ v1: 50, 500: 50 });
    const { body } = await call(platform, 'GET', path);
    const { conditions } = body.status.parents[0];
    expect(conditions).toContainEqual(
      expect.objectContaining({ type: 'ResolvedRefs', status: 'False', reason: 'BackendNotFound' }),
    );
  });

  test('answers 500 where all weights are 0', async () => {
    await platform.apply([httpRoute(refs(0, 0))]);
    await platform.settled();
    expect(await askOnce(platform.routeUrl(namespace, 'httproute/shop'))).toBe(500);
  });

  test('is acted by, and its status is said, some time after it was written', async () => {
    await platform.apply([httpRoute(refs(1, 0))]);
    await platform.settled();
    const change = [{ op: 'replace', path: '/spec/rules/0/backendRefs', value: refs(0, 1) }];
    const { body } = await call(platform, 'PATCH', path, { type: jsonPatch, body: change });
    expect(body.metadata.generation).toBe(2);
    expect(body.status.parents[0].conditions[0].observedGeneration).toBe(1);
    await platform.settled();
    const later = await call(platform, 'GET', path);
    expect(later.body.status.parents[0].conditions[0].observedGeneration).toBe(2);
  });
});

describe('traffic through an Ingress', () => {
  test('goes to the Service of its path, and nowhere else', async () => {
    await platform.apply([ingress('shop-green')]);
    await platform.settled();
    expect(await shares('ingress/shop', '/shop/cart')).toEqual({ v2: 100 });
    expect(await askOnce(`${platform.routeUrl(namespace, 'ingress/shop')}/other`)).toBe(404);
  });

  test('is answered 503 where its Service does not exist', async () => {
    await platform.apply([ingress('nowhere')]);
    await platform.settled();
    expect(await askOnce(`${platform.routeUrl(namespace, 'ingress/shop')}/shop`)).toBe(503);
  });
});

describe('traffic through a VirtualService', () => {
  test('is shared by weight between hosts', async () => {
    const to = (host: string, weight: number) => ({ destination: { host }, weight });
    await platform.apply([virtualService([to('shop-blue', 75), to(`shop-green.${namespace}.svc.cluster.local`, 25)])]);
    await platform.settled();
    expect(await shares('virtualservice/shop')).toEqual({ v1: 75, v2: 25 });
  });

  test('is shared between subsets of one host; one that nobody defines is answered 503', async () => {
    const to = (subset: string, weight: number) => ({ destination: { host: 'shop', subset }, weight });
    const { spec, ...rest } = service('blue');
    const subsets = ['blue', 'green'].map(color => ({ name: color, labels: { color } }));
    await platform.apply([
      { ...rest, spec: { ...(spec as object), selector: { app: 'shop' } } },
      {
        apiVersion: 'networking.istio.io/v1',
        kind: 'DestinationRule',
        metadata: { name: 'shop', namespace },
        spec: { host: 'shop', subsets },
      },
      virtualService([to('blue', 40), to('green', 40), to('purple', 20)]),
    ]);
    await platform.settled();
    expect(await shares('virtualservice/shop')).toEqual({ v1: 40, v2: 40, 503: 20 });
  });
});
