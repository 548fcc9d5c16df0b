import { describe, expect, test } from '@jest/globals';
import { configSchema } from '../../src/config/schema.js';
import { answersFor, beyondStandIn } from '../../src/rehearse/stand-in.js';

function configOf(more: object, target: object = {}) {
  const slots = { blue: 'shop-blue', green: 'shop-green' };
  return configSchema.parse({
    version: '2',
    targets: [{ name: 'shop', slots, routes: ['service/shop'], manifest: 'shop.yaml', ...target }],
    ...more,
  });
}

describe('the program that stands in for the user’s own', () => {
  test('answers what all checks of a path expect, together', () => {
    const verify = [
      { http: { path: '/healthz?full=1', expect: { status: [204, 200], headers: { 'x-ready': 'yes' } } } },
      { http: { path: '/info', expect: { json: { 'build.name': 'shop' } } } },
    ];
    const bake = { checks: [{ http: { path: '/info', expect: { json: { 'build.stage': 'live' } } } }] };
    expect(answersFor(configOf({ verify, bake }), '2')).toEqual({
      '/healthz': { status: 204, headers: { 'x-ready': 'yes' } },
      '/info': { json: { build: { name: 'shop', stage: 'live' } } },
    });
  });

  test('says its version where the identity looks for it, and where a check does', () => {
    const verify = [{ http: { path: '/healthz', expect: { version: true } } }];
    const json = configOf({ verify }, { identity: { path: '/info', json: 'build.version' } });
    expect(answersFor(json, '1')).toEqual({
      '/info': { json: { build: { version: '1' } } },
      '/healthz': { json: { build: { version: '1' } } },
    });
    const header = configOf({}, { identity: { header: 'x-build' } });
    expect(answersFor(header, '2')).toEqual({ '/': { headers: { 'x-build': '2' } } });
  });

  test('has no work left, where a gauge is asked for', () => {
    const prometheus = configOf({ drain: { gauge: { path: '/metrics', name: 'pending', labels: { queue: 'a"b' } } } });
    expect(answersFor(prometheus, '2')['/metrics']).toEqual({ body: 'pending{queue="a\\"b"} 0\n' });
    const json = configOf({ drain: { gauge: { path: '/work', json: 'jobs.open' } } });
    expect(answersFor(json, '2')['/work']).toEqual({ json: { jobs: { open: 0 } } });
  });

  test('and what a rehearsal cannot do is said', () => {
    const verify = [{ http: { path: '/about', expect: { body: '/built by .*/' } } }];
    const approval = { by: 'issue', before: 'switch', approvers: 'ann' };
    expect(beyondStandIn(configOf({ verify, approval }, { identity: { match: 'v(.*)' } }))).toEqual([
      'Nobody is asked in a rehearsal: the approval before switch counts as given.',
      '/about is expected to match /built by .*/, which the stand-in program cannot make up.',
      'The identity of shop is to match v(.*), which the stand-in program cannot make up.',
    ]);
    expect(beyondStandIn(configOf({}))).toEqual([]);
  });
});
