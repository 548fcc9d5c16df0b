import { describe, expect, test } from '@jest/globals';
import { Failure } from '../../../src/failures.js';
import { isPassing, mayRepeat, type Persistence, persist, retryAfter } from '../../../src/lib/wire/persist.js';
import { never, notingClock } from './clock.js';

const failed = (code: string) => new Failure(code, { message: `${code}.`, hint: 'Try again.' });

/** Gives the answers one after the other; tells how often it was asked, and how long it was waited in between. */
async function ask(answers: readonly (number | Failure)[], rules: Partial<Persistence<number>> = {}) {
  const clock = notingClock();
  const left = [...answers];
  const send = async () => {
    const answer = left.shift();
    if (typeof answer !== 'number') throw answer;
    return answer;
  };
  const persistence: Persistence<number> = {
    pace: { clock, longestMs: 8_000, jitter: 0 },
    mayRepeat: thrown => mayRepeat(thrown, { isRead: true }, () => false),
    passesAfter: status => (status >= 500 ? 0 : undefined),
    ...rules,
  };
  const outcome = await persist(persistence, send, never).catch((thrown: Failure) => thrown.code);
  return { outcome, asked: answers.length - left.length, waits: clock.waits };
}

describe('what passes by itself is asked for again', () => {
  test('until there is an answer for good', async () => {
    const found = await ask([503, failed('UNREACHABLE'), 200, 503]);
    expect(found).toEqual({ outcome: 200, asked: 3, waits: [250, 500] });
  });

  test('five times, and then the last answer counts', async () => {
    const found = await ask([500, 501, 502, 503, 504, 200]);
    expect(found).toEqual({ outcome: 504, asked: 5, waits: [250, 500, 1_000, 2_000] });
  });

  test('five times, and then the last failure counts', async () => {
    expect(await ask(Array(6).fill(failed('UNREACHABLE')))).toMatchObject({ outcome: 'UNREACHABLE', asked: 5 });
  });

  test('not before the server wants it', async () => {
    const found = await ask([503, 200], { passesAfter: status => (status >= 500 ? 7_000 : undefined) });
    expect(found.waits).toEqual([7_000]);
  });

  test('and what does not pass is told at once', async () => {
    expect(await ask([404, 200])).toEqual({ outcome: 404, asked: 1, waits: [] });
    expect(await ask([failed('TLS'), 200])).toEqual({ outcome: 'TLS', asked: 1, waits: [] });
  });
});

describe('whether a request may be sent again', () => {
  const READ = { isRead: true };
  const WRITE = { isRead: false };
  const TWICE = { isRead: false, again: true };

  test.each([
    ['a read', READ, [429, 500, 503]],
    ['a write', WRITE, [429]],
    ['a write that is the same once or twice', TWICE, [429, 500, 503]],
  ] as const)('%s: by its status', (_, request, passing) => {
    expect([200, 401, 404, 409, 429, 500, 503].filter(status => isPassing(status, request))).toEqual(passing);
  });

  test.each([
    ['a read', READ, ['UNREACHABLE']],
    ['a write', WRITE, ['UNREACHABLE']],
    ['a write that is the same once or twice', TWICE, ['UNREACHABLE', 'ANSWER_LOST']],
  ] as const)('%s: by what came in place of an answer', (_, request, passing) => {
    const codes = ['TLS', 'UNREACHABLE', 'ANSWER_LOST'];
    const isUncertain = (thrown: unknown) => (thrown as Failure).code === 'ANSWER_LOST';
    expect(codes.filter(code => mayRepeat(failed(code), request, isUncertain))).toEqual(passing);
  });
});

test.each([
  ['7', 7_000],
  ['0.5', 500],
  ['3600', 60_000],
  ['-5', 0],
  ['soon', 0],
  [undefined, 0],
])('Retry-After %s is a pause of %d ms', (value, ms) => {
  expect(retryAfter(value === undefined ? {} : { 'retry-after': value }, 60_000)).toBe(ms);
});
