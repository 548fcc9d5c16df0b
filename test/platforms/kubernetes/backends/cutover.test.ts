import { describe, expect, test } from '@jest/globals';
import type { House } from '../support.js';
import { deployment, failureLike, planFor, service, soon, yaml } from '../support.js';
import {
  deployed,
  destination,
  houseWith,
  httpRoute,
  ingress,
  moved,
  refs,
  slotServices,
  specOf,
  targetOf,
  underLoad,
  virtualService,
} from './support.js';

const destinationRule = {
  apiVersion: 'networking.istio.io/v1',
  kind: 'DestinationRule',
  metadata: { name: 'shop', namespace: 'shop' },
  spec: {
    host: 'shop',
    subsets: ['shop-blue', 'shop-green'].map(slot => ({ name: slot, labels: { 'cutover/slot': slot } })),
  },
};

/** What a route says about traffic, whatever its kind. */
function said(house: House, kind: string): unknown {
  const { rules, http } = specOf<{ rules?: object[]; http?: object[] }>(house, kind);
  return rules ?? http;
}

const kinds: readonly [string, string, readonly object[]][] = [
  ['an HTTPRoute', 'httproute/shop', [...slotServices, httpRoute()]],
  ['a GRPCRoute', 'grpcroute/shop', [...slotServices, httpRoute(undefined, 'GRPCRoute')]],
  ['an Ingress with several paths', 'ingress/shop', [...slotServices, ingress('shop-blue', 'shop-blue')]],
  [
    'a VirtualService with hosts',
    'virtualservice/shop',
    [
      ...slotServices,
      virtualService([destination('shop-blue', 100), destination('shop-green.shop.svc.cluster.local', 0)]),
    ],
  ],
  [
    'a VirtualService with subsets',
    'virtualservice/shop',
    [
      service({ app: 'shop' }),
      destinationRule,
      virtualService([destination('shop', 100, 'shop-blue'), destination('shop', 0, 'shop-green')]),
    ],
  ],
];

describe.each(kinds)('a cutover behind %s', (_, route, objects) => {
  const target = targetOf(route);
  const kind = route.split('/')[0] ?? '';

  test('moves all users, loses none of their requests, and goes back as it was (P2, P3, P4)', async () => {
    await using house = await houseWith(objects);
    const before = said(house, kind);
    const report = await underLoad(house, route, async () => {
      const plan = await deployed(house, target);
      expect(plan).toMatchObject({ blue: 'shop-blue', green: 'shop-green', stages: [] });
      await moved(house, target, plan.previous, plan.next, 'shop-green');
      expect((await house.platform.inspect(target, soon())).live).toBe('shop-green');
      await moved(house, target, plan.next, plan.previous, 'shop-blue');
    });
    expect(said(house, kind)).toEqual(before);
    expect(report.failures).toEqual(new Map());
    expect(report.requests).toBeGreaterThan(50);
  });

  test('takes blue away once nothing leads to it, and not before (P7)', async () => {
    await using house = await houseWith(objects);
    const plan = await deployed(house, target);
    await expect(house.platform.teardown(target, 'shop-blue', 'delete', soon())).rejects.toMatchObject({
      code: 'STILL_LIVE',
    });
    const report = await underLoad(house, route, async () => {
      await moved(house, target, plan.previous, plan.next, 'shop-green');
      await house.platform.teardown(target, 'shop-blue', 'delete', soon());
    });
    expect(report.failures).toEqual(new Map());
    await expect(house.platform.teardown(target, 'shop-green', 'delete', soon())).rejects.toMatchObject({
      code: 'STILL_LIVE',
    });
  });
});

describe('a route that names one Service', () => {
  test('of the live pods is taken over: green gets a Service of its own, and no pod of it is selected before (P3)', async () => {
    const route = httpRoute(refs(['shop', 1]));
    await using house = await houseWith([service({ app: 'shop' }), route]);
    const target = targetOf('httproute/shop');
    const report = await underLoad(house, 'httproute/shop', async () => {
      const plan = await deployed(house, target);
      const seen = house.kube.routing('shop', 'shop').filter(({ slots }) => slots.includes('shop-green'));
      expect(seen).toEqual([]);
      expect(plan.changes).toContainEqual(
        expect.objectContaining({ verb: 'create', object: 'Service shop/shop-green' }),
      );
      await moved(house, target, plan.previous, plan.next, 'shop-green');
    });
    expect(said(house, 'httproute')).toMatchObject([
      {
        backendRefs: [
          { name: 'shop', weight: 0 },
          { name: 'shop-green', port: 80, weight: 1 },
        ],
      },
    ]);
    expect(report.failures).toEqual(new Map());
  });

  test('before the first release leads to green as soon as that is ready', async () => {
    const objects = [service({ app: 'shop' }), httpRoute(refs(['shop', 1]))];
    await using house = await houseWith(objects, { blue: [] });
    const first = targetOf('httproute/shop');
    const plan = await deployed(house, first);
    expect(plan).toMatchObject({ blue: undefined, green: 'shop-green' });
    expect(await house.platform.route(first, plan.previous, plan.next, soon())).toEqual([]);
    expect(await house.platform.confirm(first, plan.next, 'shop-green', soon())).toMatchObject({ verdict: 'pass' });
  });

  test('which leads to nobody of this release is refused', async () => {
    await using house = await houseWith([service({ app: 'other' }, 'other'), httpRoute(refs(['other', 1]))]);
    await expect(planFor(house.platform, targetOf('httproute/shop'), 'v2')).rejects.toMatchObject(
      failureLike('NO_BACKENDS', /Nothing in HTTPRoute shop leads to shop-blue or shop-green/),
    );
  });

  test('and does not exist yet is created from the manifest at the switch', async () => {
    const manifest = yaml(deployment({ version: 'v2' }), service({ app: 'shop' }), httpRoute(refs(['shop', 1])));
    await using house = await houseWith([], { manifest, blue: [] });
    const first = targetOf('httproute/shop');
    const plan = await deployed(house, first);
    expect(house.kube.objects('httproutes', 'shop')).toEqual([]);
    await moved(house, first, plan.previous, plan.next, 'shop-green');
    expect(said(house, 'httproute')).toMatchObject([{ backendRefs: [{ name: 'shop', weight: 1 }] }]);
  });
});
