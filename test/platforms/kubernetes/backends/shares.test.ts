import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { httpRoute as httpRouteKind } from '../../../../src/platforms/kubernetes/backends/gateway-routes.js';
import { ingress as ingressKind } from '../../../../src/platforms/kubernetes/backends/ingresses.js';
import { type BackendKind, fields, items, sameParts } from '../../../../src/platforms/kubernetes/backends/kinds.js';
import { livePlaces, partsFor, type Shares } from '../../../../src/platforms/kubernetes/backends/shares.js';
import { virtualService as meshKind } from '../../../../src/platforms/kubernetes/backends/virtual-services.js';
import type { KubernetesObject } from '../../../../src/platforms/kubernetes/objects.js';
import { destination, httpRoute, ingress, refs, virtualService } from './support.js';

const SLOTS = new Map([
  ['blue', { service: 'shop-blue' }],
  ['green', { service: 'shop-green' }],
]);

/** The weights that a route gets, by Service, in its first place. */
function weights(kind: BackendKind, object: object, shares: Shares): Readonly<Record<string, number>> {
  const places = livePlaces(kind.places(object as KubernetesObject), SLOTS);
  const [value = null] = Object.values(partsFor(kind, places, SLOTS, shares));
  const entries = items(value).map(fields);
  return Object.fromEntries(
    entries.map(entry => [String(entry.name ?? fields(entry.destination).host), Number(entry.weight)]),
  );
}

describe('the weights of a route', () => {
  test.each([
    ['one entry with no weight', [{ name: 'shop-blue', port: 80 }], 10, { 'shop-blue': 90, 'shop-green': 10 }],
    ['weights of a hundred', refs(['shop-blue', 100], ['shop-green', 0]), 10, { 'shop-blue': 90, 'shop-green': 10 }],
    [
      'weights of a thousand',
      refs(['shop-blue', 1000], ['shop-green', 0]),
      10,
      { 'shop-blue': 900, 'shop-green': 100 },
    ],
    ['others beside', refs(['shop-blue', 1], ['other', 1]), 25, { 'shop-blue': 75, other: 100, 'shop-green': 25 }],
    [
      'others beside, at the end',
      refs(['shop-blue', 1], ['other', 1]),
      100,
      { 'shop-blue': 0, other: 1, 'shop-green': 1 },
    ],
  ])('of the Gateway API follow the share (%s)', (_, given, share, wanted) => {
    expect(weights(httpRouteKind, httpRoute(given), { green: share, blue: 100 - share })).toEqual(wanted);
  });

  test('of Istio stay whole and add up to what they were, whatever the share', () => {
    const given = fc.record({ own: fc.integer({ min: 2, max: 100 }), share: fc.integer({ min: 1, max: 99 }) });
    fc.assert(
      fc.property(given, ({ own, share }) => {
        const others = 100 - own;
        const route = [destination('shop-blue', own), ...(others > 0 ? [destination('other', others)] : [])];
        const made = weights(meshKind, virtualService(route), { green: share, blue: 100 - share });
        const { 'shop-blue': blue = 0, 'shop-green': green = 0, other = 0 } = made;
        expect(blue + green + other).toBe(100);
        expect(Math.min(blue, green)).toBeGreaterThan(0);
        expect(Math.abs(green - (own * share) / 100)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('are for one slot alone at the end, and never for none (P2, P3)', () => {
    const given = fc.record({ blue: fc.nat(1_000), green: fc.nat(1_000), other: fc.nat(1_000) });
    fc.assert(
      fc.property(given, ({ blue, green, other }) => {
        fc.pre(blue + green > 0);
        const route = httpRoute(refs(['shop-blue', blue], ['other', other], ['shop-green', green]));
        const made = weights(httpRouteKind, route, { green: 100, blue: 0 });
        expect(made).toEqual({ 'shop-blue': 0, other, 'shop-green': blue + green });
      }),
    );
  });
});

describe('a place', () => {
  test('that gives the slots nothing is left as it is', () => {
    const places = httpRouteKind.places(httpRoute(refs(['shop-blue', 0], ['other', 1])) as unknown as KubernetesObject);
    expect(livePlaces(places, SLOTS)).toEqual([]);
  });

  test('of an Ingress keeps its port and leads to the other Service', () => {
    const places = ingressKind.places(ingress('shop-blue', 'other', 'shop-blue') as unknown as KubernetesObject);
    const parts = partsFor(ingressKind, livePlaces(places, SLOTS), SLOTS, { green: 100, blue: 0 });
    expect(parts).toEqual({
      '/spec/rules/0/http/paths/0/backend': { service: { name: 'shop-green', port: { name: 'http' } } },
      '/spec/rules/0/http/paths/2/backend': { service: { name: 'shop-green', port: { name: 'http' } } },
    });
  });

  test('is the same with and without what the server fills in', () => {
    const plain = { '/spec/rules/0/backendRefs': [{ name: 'shop', port: 80 }] };
    const filled = { '/spec/rules/0/backendRefs': [{ weight: 1, port: 80, name: 'shop', kind: 'Service', group: '' }] };
    const other = { '/spec/rules/0/backendRefs': [{ name: 'shop', port: 80, weight: 2 }] };
    expect(sameParts(httpRouteKind, plain, filled)).toBe(true);
    expect(sameParts(httpRouteKind, plain, other)).toBe(false);
    expect(sameParts(httpRouteKind, plain, {})).toBe(false);
  });
});
