import { describe, expect, test } from '@jest/globals';
import * as cloudFoundry from '../../src/platforms/cloudfoundry/routes.js';
import * as marathonLb from '../../src/platforms/marathon/marathon-lb/routes.js';
import * as marathon from '../../src/platforms/marathon/routes.js';
import type { RouteState } from '../../src/release/model.js';

const services = [{ marathon: { serviceID: '/svc-green' }, endpoint: { portName: 'svc' } }];

const POOL = marathon.routeState('pool/sample-config/svc', {
  kind: 'pool',
  pool: 'sample-config',
  backend: 'svc',
  services,
  slot: '/svc-green',
  size: 2,
  demand: 'full',
  way: [services, services],
  at: 1,
  exchange: ['/svc-blue', '/svc-green'],
  whole: { name: 'sample-config', haproxy: { backends: [{ name: 'svc', services }] }, poolHealthcheckPort: 9010 },
});
const PORT = marathonLb.portState('marathon-lb/shop/10900', {
  kind: 'marathon-lb',
  group: 'shop',
  port: 10_900,
  slot: null,
  size: 2,
});
const ROUTE = cloudFoundry.routeState('route/shop.example.com', {
  kind: 'cf-route',
  guid: 'a-guid',
  url: 'shop.example.com',
  slots: ['shop-blue', 'shop-green'],
  size: 2,
  demand: 'restore',
  later: [['shop-green']],
});

const CASES: readonly (readonly [string, RouteState, (state: RouteState) => unknown, wrong: object, words: RegExp])[] =
  [
    ['a pool', POOL, marathon.documentOf, { services: [null] }, /services\.0 is wrong \(expected a service/],
    ['a pool', POOL, marathon.documentOf, { whole: { name: 'sample-config' } }, /whole is wrong \(expected a pool\)/],
    ['a pool', POOL, marathon.documentOf, { way: services }, /way\.0 is wrong \(expected array/],
    ['a port of marathon-lb', PORT, marathonLb.portDocument, { port: '10900' }, /port is wrong \(expected number/],
    ['a route', ROUTE, cloudFoundry.documentOf, { later: ['shop-green'] }, /later\.0 is wrong \(expected array/],
    ['a route', ROUTE, cloudFoundry.documentOf, { guid: undefined }, /guid is wrong \(expected string/],
  ];

describe.each(CASES)('%s in a record', (_, state, read, wrong, words) => {
  const recorded = (more: object) =>
    JSON.parse(JSON.stringify({ ...state, document: { ...(state.document as object), ...more } }));

  test('is understood by another run', () => {
    expect(read(recorded({}))).toEqual(state.document);
  });

  test(`that was edited is refused: ${words.source}`, () => {
    expect(() => read(recorded(wrong))).toThrow(
      expect.objectContaining({ code: 'ROUTE_UNREADABLE', message: expect.stringMatching(words) }),
    );
  });
});
