import { describe, expect, test } from '@jest/globals';
import type { Journey } from '../../../../src/platforms/port.js';
import type { Finding } from '../../../../src/release/model.js';
import { deployment, type House, planFor, service, soon, untilReady } from '../support.js';
import { blueDeployment, houseWith, httpRoute, ingress, refs, slotServices, targetOf } from './support.js';

const journey: Journey = {
  steps: ['inspect', 'preflight', 'claim', 'deploy', 'switch', 'confirm', 'teardown', 'close'],
  failedGreen: 'delete',
  previews: false,
  overlap: false,
  acceptsLag: false,
};

async function findings(house: House, route: string, more: Partial<Journey> = {}): Promise<readonly Finding[]> {
  const target = targetOf(...route.split(','));
  const plan = await planFor(house.platform, target, 'v2');
  return house.platform.preflight(target, plan, soon(), { ...journey, ...more });
}

/** Such findings as say that something is wrong. */
async function troubles(house: House, route: string): Promise<readonly string[]> {
  const found = await findings(house, route);
  return found.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code}: ${message}`);
}

describe('preflight of a route that names Services', () => {
  test('finds nothing wrong with one as it should be', async () => {
    await using house = await houseWith([...slotServices, httpRoute()]);
    expect(await troubles(house, 'httproute/shop')).toEqual([]);
  });

  const cases: readonly [string, string, readonly object[], string][] = [
    [
      'weights for both slots',
      'httproute/shop',
      [
        ...slotServices,
        deployment({ name: 'shop-green', labels: { 'cutover/slot': 'shop-green' } }),
        httpRoute(refs(['shop-blue', 90], ['shop-green', 10])),
      ],
      'MIXED_BACKENDS: HTTPRoute shop sends live traffic to both shop-blue and shop-green.',
    ],
    [
      'a gateway that does not accept it',
      'httproute/shop',
      [...slotServices, httpRoute(refs(['shop-blue', 1], ['nowhere', 0]))],
      'ROUTE_NOT_ACCEPTED: HTTPRoute shop: ResolvedRefs of Gateway front is False (BackendNotFound: Service "nowhere" not found).',
    ],
    [
      "a Service of green that selects blue's pods",
      'httproute/shop',
      [service({ 'cutover/slot': 'shop-blue' }, 'shop-blue'), service({ app: 'shop' }, 'shop-green'), httpRoute()],
      'MIXED_SELECTOR: Service shop-green, which is for shop-green, selects app=shop, and so the pods of shop-blue too.',
    ],
    [
      'a port that the Service of green lacks',
      'httproute/shop',
      [
        service({ 'cutover/slot': 'shop-blue' }, 'shop-blue'),
        service({ 'cutover/slot': 'shop-green' }, 'shop-green', { ports: [{ name: 'http', port: 8080 }] }),
        httpRoute(),
      ],
      'PORT_MISSING: HTTPRoute shop leads to port 80, and Service shop-green, which is for shop-green, has no such port.',
    ],
    [
      'a Service of green that sends traffic to pods that are not ready',
      'httproute/shop',
      [
        service({ 'cutover/slot': 'shop-blue' }, 'shop-blue'),
        service({ 'cutover/slot': 'shop-green' }, 'shop-green', { publishNotReadyAddresses: true }),
        httpRoute(),
      ],
      'NOT_READY_PUBLISHED: Service shop-green sends traffic to pods that are not ready (publishNotReadyAddresses).',
    ],
    [
      'a cloud load balancer that learns of the Service late',
      'ingress/shop',
      [...slotServices, { ...ingress('shop-blue'), spec: { ...ingress('shop-blue').spec, ingressClassName: 'alb' } }],
      'LOAD_BALANCER_LAGS: Ingress shop is served by a cloud load balancer, which makes the Service of shop-green known to itself only after the switch; a switch in one write may cost requests.',
    ],
    [
      'routes that lead to different slots',
      'service/shop,httproute/shop',
      [
        ...slotServices,
        deployment({ name: 'shop-green', labels: { 'cutover/slot': 'shop-green' } }),
        service({ 'cutover/slot': 'shop-green' }),
        httpRoute(),
      ],
      'ROUTES_DISAGREE: The routes of this target do not lead to the same slot: Service shop leads to shop-green, HTTPRoute shop leads to shop-blue.',
    ],
  ];
  test.each(cases)('finds %s', async (_, route, objects, sentence) => {
    await using house = await houseWith(objects);
    expect(await troubles(house, route)).toContain(sentence);
  });

  test('takes a word of consent to a cloud load balancer', async () => {
    const slow = {
      ...ingress('shop-blue'),
      metadata: { name: 'shop', namespace: 'shop', annotations: { 'kubernetes.io/ingress.class': 'gce' } },
    };
    await using house = await houseWith([...slotServices, slow]);
    const found = await findings(house, 'ingress/shop', { acceptsLag: true });
    expect(found).toContainEqual(expect.objectContaining({ code: 'LOAD_BALANCER_LAGS', severity: 'warning' }));
  });
});

test('a route that GitOps keeps is told, with what to leave out', async () => {
  const { metadata, ...rest } = httpRoute();
  const kept = { ...rest, metadata: { ...metadata, annotations: { 'argocd.argoproj.io/tracking-id': 'shop:x' } } };
  await using house = await houseWith([...slotServices, kept]);
  expect(await findings(house, 'httproute/shop')).toContainEqual(
    expect.objectContaining({
      code: 'KEPT_BY_ANOTHER',
      message: 'HTTPRoute shop is kept by Argo CD shop:x, which may put it back to what it knows.',
      remedy: 'Leave the backends and their weights out of what it compares and applies.',
    }),
  );
});

describe('the permissions for a route that names Services', () => {
  const LEAST = [
    { verbs: ['get', 'create'], groups: [''], resources: ['services'] },
    { verbs: ['get', 'create', 'update'], groups: [''], resources: ['configmaps'] },
    { verbs: ['list', 'watch'], groups: [''], resources: ['pods'] },
    { verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'], groups: ['apps'], resources: ['deployments'] },
    { verbs: ['list', 'watch'], groups: ['discovery.k8s.io'], resources: ['endpointslices'] },
  ];
  const ON_ROUTES = {
    verbs: ['get', 'list', 'watch', 'patch'],
    groups: ['gateway.networking.k8s.io'],
    resources: ['httproutes'],
  };
  const target = targetOf('httproute/shop');
  const objects = [service({ app: 'shop' }), httpRoute(refs(['shop', 1]))];

  test('are asked for before anything is written', async () => {
    await using house = await houseWith(objects);
    const token = house.kube.authority.addUser('robot', [...LEAST, { ...ON_ROUTES, verbs: ['get'] }]);
    const platform = await house.another({ kubeconfig: house.kube.kubeconfig(token) });
    const plan = await planFor(platform, target, 'v2');
    const found = await platform.preflight(target, plan, soon(), journey);
    expect(found.find(({ code }) => code === 'MISSING_PERMISSIONS')?.message).toBe(
      'The credentials may not do all that a run does in namespace shop: patch httproutes shop, list httproutes, watch httproutes.',
    );
  });

  test('are as little as is said, and enough for a whole release', async () => {
    const metadata = { ...blueDeployment.metadata, labels: { 'cutover/managed': 'true' } };
    await using house = await houseWith(objects, { blue: [{ ...blueDeployment, metadata }] });
    const token = house.kube.authority.addUser('robot', [...LEAST, ON_ROUTES]);
    const platform = await house.another({ kubeconfig: house.kube.kubeconfig(token) });
    const plan = await planFor(platform, target, 'v2');
    const found = await platform.preflight(target, plan, soon(), journey);
    expect(found.filter(({ severity }) => severity === 'error')).toEqual([]);
    await platform.deploy(target, plan, soon());
    await untilReady(platform, target, plan);
    await platform.route(target, plan.previous, plan.next, soon());
    expect(await platform.confirm(target, plan.next, plan.green, soon())).toMatchObject({ verdict: 'pass' });
    await platform.teardown(target, 'shop-blue', 'delete', soon());
  });
});
