import { expect, test } from '@jest/globals';
import { inspect, kindOf, nameOf } from '../../src/checks/index.js';
import type { CheckTools } from '../../src/checks/port.js';
import type { Measured, Span } from '../../src/platforms/port.js';
import { checkOf, subjectAt, toolsFor } from './subject.js';

const NONE: Measured = { requests: [], usage: [], instances: 2 };
const answers = (statuses: readonly number[], ms = 10) => statuses.map(status => ({ status, ms }));
const many = (length: number, status = 200, ms = 10) =>
  answers(
    Array.from({ length }, () => status),
    ms,
  );

type Told = Partial<Measured> | { readonly problem: string };

/** What the check says of what was measured of green, or of each slot. */
async function verdictOf(limits: object, told: Told | ((slot: string, span: Span) => Told), subject = {}) {
  const { tools } = toolsFor('.');
  const measure: CheckTools['measure'] = async (_, slot, span) => {
    const said = typeof told === 'function' ? told(slot, span) : told;
    return 'problem' in said ? said : { ...NONE, ...said };
  };
  const check = checkOf({ 'log-cache': { interval: '1ms', ...limits } });
  return inspect(
    check,
    { ...subjectAt('http://green'), ...subject },
    { ...tools, measure },
    AbortSignal.timeout(5_000),
  );
}

test.each([
  [
    'few errors',
    { errors: '<= 1%' },
    { requests: [...many(99), ...many(1, 502)] },
    'pass',
    '100 requests in 1 min, errors 1',
  ],
  [
    'more errors',
    { errors: '< 1%' },
    { requests: [...many(99), ...many(1, 502)] },
    'fail',
    'expected errors < 1%, got 1',
  ],
  ['a refusal of what a user asked', { errors: '<= 0%' }, { requests: many(20, 404) }, 'pass', 'errors 0'],
  ['fast answers', { p95: '<= 20ms' }, { requests: [...many(19), ...many(1, 200, 900)] }, 'pass', 'p95 10 ms'],
  ['slow answers', { p99: '<= 20ms' }, { requests: [...many(19), ...many(1, 200, 900)] }, 'fail', 'got 900 ms'],
  ['enough answers', { throughput: '>= 1/s', for: '10s' }, { requests: many(10) }, 'pass', 'throughput 1.0/s'],
])('%s of a slot, by what the routers told', async (_, limits, told, verdict, reason) => {
  expect(await verdictOf(limits, told)).toMatchObject({ verdict, reason: expect.stringContaining(reason) });
});

const used = (instance: string, readings: object) => ({ instance, ...readings });

test.each([
  [
    'its average',
    { cpu: '<= 50%' },
    [used('0', { cpu: 0.9 }), used('0', { cpu: 0.1 }), used('1', { cpu: 0.2 })],
    'pass',
  ],
  [
    'its most',
    { memory: '<= 80%' },
    [used('0', { memory: 0.9 }), used('0', { memory: 0.1 }), used('1', { memory: 0.2 })],
    'fail',
  ],
  ['the worst', { disk: '<= 50%' }, [used('0', { disk: 0.1 }), used('1', { disk: 0.6 })], 'fail'],
])('of an instance counts %s', async (_, limits, usage, verdict) => {
  expect(await verdictOf(limits, { usage })).toMatchObject({ verdict });
});

test.each([
  [
    'too few requests',
    { errors: '< 1%' },
    { requests: many(9) },
    'it had 9 requests in 1 min, and fewer than 10 say nothing',
  ],
  ['no requests', { p95: '< 1s', requests: 1 }, {}, 'it had 0 requests'],
  [
    'an instance that said nothing',
    { memory: '< 90%' },
    { usage: [used('0', { memory: 0.1 })] },
    '1 of 2 instances told of their memory',
  ],
  ['a slot without instances', { memory: '< 90%' }, { instances: 0 }, '0 of 0 instances told of their memory'],
  ['a log-cache that cannot be read', { errors: '< 1%' }, { problem: 'there is none' }, 'there is none'],
])('%s is unknown, and no pass (P14)', async (_, limits, told, reason) => {
  expect(await verdictOf(limits, told)).toMatchObject({ verdict: 'unknown', reason: expect.stringContaining(reason) });
});

test('a platform that measures nothing makes it unknown', async () => {
  const { tools } = toolsFor('.');
  const check = checkOf({ 'log-cache': { errors: '< 1%' } });
  const found = await inspect(check, subjectAt('http://green'), tools, AbortSignal.timeout(5_000));
  expect(found).toMatchObject({ verdict: 'unknown', reason: expect.stringContaining('measures nothing') });
});

test('green is compared with blue at the same time; what blue does not tell is unknown, and no blue is no reason to stop', async () => {
  const spans = new Set<string>();
  const bySlot = (slot: string, span: Span) => {
    spans.add(JSON.stringify(span));
    return { requests: many(20, 200, slot === 'shop-blue' ? 100 : 150) };
  };
  expect(await verdictOf({ p95: '<= 1.2x blue' }, bySlot)).toMatchObject({
    verdict: 'fail',
    reason: expect.stringContaining('expected p95 <= 1.2x blue (100 ms), got 150 ms'),
  });
  expect(await verdictOf({ p95: '<= 1.5x blue' }, bySlot)).toMatchObject({ verdict: 'pass' });
  expect(spans.size).toBeLessThanOrEqual(2);
  const silent = (slot: string) => ({ requests: many(slot === 'shop-blue' ? 0 : 20) });
  expect(await verdictOf({ p95: '<= 2x blue' }, silent)).toMatchObject({
    verdict: 'unknown',
    reason: expect.stringContaining('of shop-blue, it had 0 requests'),
  });
  expect(await verdictOf({ p95: '<= 2x blue' }, silent, { blue: undefined })).toMatchObject({ verdict: 'pass' });
});

test('behind the live route it is about the slot that serves there', async () => {
  const seen: string[] = [];
  const note = (slot: string) => {
    seen.push(slot);
    return { requests: many(10) };
  };
  await verdictOf({ errors: '< 1%' }, note, { slot: undefined, serves: 'shop-green' });
  expect(seen).toEqual(['shop-green']);
});

test('it is asked again as often as is borne', async () => {
  let asked = 0;
  const later = () => ({ requests: many(++asked < 3 ? 0 : 10) });
  expect(await verdictOf({ errors: '< 1%', unknowns: 2 }, later)).toMatchObject({ verdict: 'pass', attempts: 3 });
});

test('is called after its limits, and needs one', () => {
  const check = checkOf({ 'log-cache': { errors: '< 1%', memory: '<= 1.2x blue' } });
  expect([kindOf(check), nameOf(check)]).toEqual(['log-cache', 'log-cache errors < 1%, memory <= 1.2x blue']);
  expect(() => checkOf({ 'log-cache': { for: '1m' } })).toThrow();
});
