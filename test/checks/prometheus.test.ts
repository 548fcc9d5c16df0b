import { describe, expect, test } from '@jest/globals';
import { inspect, kindOf, nameOf } from '../../src/checks/index.js';
import { serve } from '../lib/serve.js';
import { checkOf, subjectAt, toolsFor } from './subject.js';

const never = new AbortController().signal;
const { tools } = toolsFor('/');
const checkAt = (url: string, more: object = {}) =>
  checkOf({ prometheus: { url, query: 'up', expect: '< 5', interval: 'immediately', ...more } });
const vector = (...values: string[]) => ({
  resultType: 'vector',
  result: values.map(value => ({ metric: {}, value: [1, value] })),
});

/** A server that gives these answers in turn, the last one for ever. */
async function verdict(answers: readonly unknown[], more: object = {}, about: object = {}) {
  const queries: (string | null)[] = [];
  const stretches: unknown[][] = [];
  await using server = await serve(async (question, answer) => {
    let body = '';
    for await (const part of question) body += part;
    const given = answers[Math.min(queries.length, answers.length - 1)];
    const asked = new URLSearchParams(body);
    queries.push(asked.get('query'));
    stretches.push([question.url, ...['start', 'end', 'step'].map(name => Number(asked.get(name)))]);
    answer.end(typeof given === 'string' ? given : JSON.stringify({ status: 'success', data: given }));
  });
  const result = await inspect(checkAt(server.url, more), { ...subjectAt('http://unused'), ...about }, tools, never);
  return { ...result, queries, stretches };
}

describe('a number of Prometheus', () => {
  test('passes within the limit, and fails beyond it', async () => {
    expect(await verdict([vector('4.5')])).toMatchObject({ verdict: 'pass', reason: 'up is 4.5.', attempts: 1 });
    expect(await verdict([vector('5')])).toMatchObject({ verdict: 'fail', reason: 'up: expected < 5, got 5.' });
    expect(await verdict([{ resultType: 'scalar', result: [1, '3'] }])).toMatchObject({ verdict: 'pass' });
  });

  test.each<[string, unknown, string]>([
    ['no data', vector(), 'it has no data'],
    ['NaN', vector('NaN'), 'its result is NaN'],
    ['infinity', vector('+Inf'), 'its result is +Inf'],
    ['several numbers', vector('1', '2'), 'its result has 2 numbers'],
    ['a matrix', { resultType: 'matrix', result: [] }, 'its result is a matrix'],
    ['an error', '{"status":"error","error":"parse error"}', 'parse error'],
    ['a page', '<html>', 'no JSON'],
    ['JSON of something else', '{"message":"hello"}', "the server answered 200 with JSON that is not Prometheus's"],
    ['nothing in JSON', 'null', "the server answered 200 with JSON that is not Prometheus's"],
  ])('is unknown with %s (P14)', async (_name, answer, words) => {
    const result = await verdict([answer]);
    expect(result.verdict).toBe('unknown');
    expect(result.reason).toContain(words);
  });

  test('is unknown without a server', async () => {
    const result = await inspect(checkAt('http://127.0.0.1:9'), subjectAt('http://unused'), tools, never);
    expect(result).toMatchObject({ verdict: 'unknown', attempts: 1 });
    expect(result.reason).toContain('the connection was refused');
  });

  test('has to keep the limit so often in a row, with so many failures and gaps borne', async () => {
    const answers = [vector('1'), vector('9'), vector('1'), vector(), vector('1'), vector('1')];
    const borne = await verdict(answers, { passes: 2, failures: 1, unknowns: 1 });
    expect(borne).toMatchObject({ verdict: 'pass', attempts: 6 });
    expect(await verdict(answers, { passes: 2, unknowns: 1 })).toMatchObject({ verdict: 'fail', attempts: 2 });
    expect(await verdict(answers, { passes: 2, failures: 1 })).toMatchObject({ verdict: 'unknown', attempts: 4 });
  });

  test('is asked for with the names of green, which cannot end their quotes', async () => {
    const query = 'errors{slot="{{slot}}",version="{{ version }}"}';
    const { queries } = await verdict([vector('0')], { query });
    expect(queries).toEqual(['errors{slot="shop-green",version="v2"}']);
    const sly = await verdict([vector('0')], { query }, { version: '"} or vector(0) #' });
    expect(sly.queries).toEqual(['errors{slot="shop-green",version="\\"} or vector(0) #"}']);
    expect([kindOf(checkAt('http://x', { query })), nameOf(checkAt('http://x'))]).toEqual(['prometheus', 'up < 5']);
  });
});

const now = () => Date.now() / 1_000;
const matrix = (...points: readonly (readonly [number, string])[]) => ({
  resultType: 'matrix',
  result: [{ metric: {}, values: points }],
});
/** A point each second, the last one now. */
const seconds = (...values: string[]) =>
  matrix(...values.map((value, index) => [now() - values.length + 1 + index, value] as const));
const RANGE = { range: '5s', step: '1s' };

describe('a range of Prometheus', () => {
  test.each([
    ['every', 'fail', 'up: expected < 5, got 9 at its worst.'],
    ['average', 'pass', 'up is 3.66667 on average.'],
    ['last', 'pass', 'up is 1 at last.'],
  ])('is judged by %s', async (judge, wanted, reason) => {
    const result = await verdict([seconds('1', '9', '1')], { ...RANGE, judge });
    expect(result).toMatchObject({ verdict: wanted, reason });
  });

  test('at its worst is the lowest point where the limit is a lower one', async () => {
    const result = await verdict([seconds('9', '3', '9')], { ...RANGE, expect: '>= 5' });
    expect(result).toMatchObject({ verdict: 'fail', reason: 'up: expected >= 5, got 3 at its worst.' });
  });

  test('ends now, and has sixty points if nobody says how many', async () => {
    const { stretches } = await verdict([seconds('1')], { range: '5m' });
    const [path, start, end, step] = stretches[0] as [string, number, number, number];
    expect([path, Math.round(end - start), step]).toEqual(['/api/v1/query_range', 300, 5]);
    expect(Math.abs(end - now())).toBeLessThan(10);
  });

  test.each<[string, () => unknown, string]>([
    ['no points', () => matrix(), 'it has no data'],
    ['no series', () => ({ resultType: 'matrix', result: [] }), 'it has no data'],
    ['a number that is none', () => seconds('1', 'NaN', '1'), 'its result is NaN'],
    ['a hole', () => matrix([now() - 4, '1'], [now(), '1']), 'it has no data for 4.0 s of its range'],
    ['an end that is missing', () => matrix([now() - 4, '1'], [now() - 3, '1']), 'its last number is 3.0 s old'],
  ])('is unknown with %s (P14)', async (_name, answer, words) => {
    const result = await verdict([answer()], RANGE);
    expect(result.verdict).toBe('unknown');
    expect(result.reason).toContain(words);
  });
});

describe('a number that is compared with blue', () => {
  const query = 'errors{slot="{{slot}}",version="{{version}}"}';
  const blue = { slot: 'shop-blue', version: 'v1' };
  const than = { query, expect: '<= 1.2x blue' };

  test.each([
    ['24', 'pass', `is 24; 20 of blue.`],
    ['25', 'fail', `expected <= 1.2x blue (20), got 25.`],
  ])('%s against 20: %s', async (ours, wanted, words) => {
    const byName = (name: string | null) => (name?.includes('shop-blue') ? vector('20') : vector(ours));
    await using server = await serve(async (question, answer) => {
      let body = '';
      for await (const part of question) body += part;
      answer.end(JSON.stringify({ status: 'success', data: byName(new URLSearchParams(body).get('query')) }));
    });
    const result = await inspect(checkAt(server.url, than), { ...subjectAt('http://unused'), blue }, tools, never);
    expect(result.verdict).toBe(wanted);
    expect(result.reason).toContain(words);
  });

  test('is asked for with the names of both', async () => {
    const { queries } = await verdict([vector('0')], than, { blue });
    expect([...queries].sort()).toEqual([
      'errors{slot="shop-blue",version="v1"}',
      'errors{slot="shop-green",version="v2"}',
    ]);
  });

  test.each<[string, object, readonly unknown[], string]>([
    ['a blue of no known version', { blue: { slot: 'b', version: undefined } }, [], 'the version of b'],
    ['a blue without data', { blue }, [vector('1'), vector()], 'it has no data'],
  ])('is unknown with %s (P14)', async (_name, about, answers, words) => {
    const result = await verdict(answers, than, about);
    expect(result.verdict).toBe('unknown');
    expect(result.reason).toContain(words);
  });

  test('holds before the first release, when there is a number and nothing to compare it with', async () => {
    const result = await verdict([vector('1')], than, { blue: undefined });
    expect(result).toMatchObject({ verdict: 'pass', reason: expect.stringContaining('is 1; there is no blue to') });
    expect(await verdict([vector()], than, { blue: undefined })).toMatchObject({ verdict: 'unknown' });
  });

  test('needs a query that tells the two apart, and a step needs its range', () => {
    expect(() => checkAt('http://x', { expect: '<= 1.2x blue' })).toThrow('needs {{slot}} or {{version}}');
    expect(() => checkAt('http://x', { step: '5s' })).toThrow('needs a range that is at least as long');
  });
});
