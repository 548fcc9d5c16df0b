import { describe, expect, test } from '@jest/globals';
import { Timeline } from '../../src/checks/timeline.js';

const answer = (at: number, name = 'v1', ms = 5) => ({ at, answer: name, error: undefined, ms });
const error = (at: number, kind: string) => ({ at, answer: undefined, error: kind, ms: 0 });

describe('what a probe saw, second by second', () => {
  test('tells answers, errors and latency of each second', () => {
    const timeline = new Timeline();
    timeline.turn(1_000);
    for (let n = 0; n < 20; n++) timeline.add(answer(1_000 + n, 'v1', n));
    timeline.add(error(2_100, 'ECONNRESET'));
    timeline.add({ at: 2_200, answer: 'v2', error: 'status 503', ms: 7 });
    expect(timeline.spans(2_300)).toEqual([
      { at: 1_000, ms: 1_100, answers: { v1: 20 }, errors: {}, p95Ms: 18 },
      { at: 2_100, ms: 200, answers: { v2: 1 }, errors: { ECONNRESET: 1, 'status 503': 1 }, p95Ms: 7 },
    ]);
    expect(timeline.window()).toEqual({ requests: 22, failed: 2, p95Ms: 18 });
    expect(timeline.answers).toEqual({ v1: 20, v2: 1 });
  });

  test('keeps one minute before the switch, and never mixes the two sides of it', () => {
    const timeline = new Timeline();
    for (let second = 0; second < 600; second++) timeline.add(answer(second * 1_000));
    timeline.turn(599_500);
    timeline.add(answer(599_500, 'v2'));
    expect(timeline.window('before').requests).toBe(61);
    expect(timeline.window('after')).toEqual({ requests: 1, failed: 0, p95Ms: 5 });
    expect(timeline.spans(600_000).at(-1)).toMatchObject({ at: 599_500, ms: 500, answers: { v2: 1 } });
  });

  test('keeps a long watch in longer spans, and loses no request by it', () => {
    const timeline = new Timeline();
    for (let second = 0; second < 30; second++) timeline.add(answer(second * 1_000));
    timeline.turn(30_000);
    for (let second = 30; second < 7_200; second++)
      timeline.add(second % 2 ? answer(second * 1_000, 'v2') : error(second * 1_000, 'E'));
    const spans = timeline.spans(7_200_000);
    expect(spans.length).toBeLessThanOrEqual(300);
    expect(spans.reduce((sum, span) => sum + span.ms, 0)).toBe(7_200_000);
    expect(timeline.window('before').requests).toBe(30);
    expect(timeline.window('after')).toMatchObject({ requests: 7_170, failed: 3_585 });
    const counted = spans.reduce((sum, span) => sum + (span.answers.v2 ?? 0) + (span.errors.E ?? 0), 0);
    expect(counted).toBe(7_170);
  });

  test('takes what was due a while ago into the second in which it was due, on its side of the switch', () => {
    const timeline = new Timeline();
    timeline.add(answer(1_000));
    timeline.turn(2_000);
    timeline.add(error(6_500, 'TOO_LATE'));
    for (const due of [1_500, 1_900, 2_100, 3_600, 6_400]) timeline.add(error(due, 'never sent'));
    expect(timeline.spans(6_600).map(({ at, ms, errors }) => [at, ms, errors['never sent'] ?? 0])).toEqual([
      [1_000, 1_100, 2],
      [2_100, 1_500, 1],
      [3_600, 2_800, 1],
      [6_400, 100, 1],
      [6_500, 100, 0],
    ]);
    expect(timeline.window('before')).toMatchObject({ requests: 3, failed: 2 });
    expect(timeline.window('after')).toMatchObject({ requests: 4, failed: 4 });
  });

  test('tells latencies as exactly as they are read, of few answers as of many', () => {
    const timeline = new Timeline();
    for (let ms = 1; ms <= 4_000; ms++) timeline.add(answer(1_000 + ms, 'v1', ms));
    const { p95Ms = 0 } = timeline.window();
    expect(Math.abs(p95Ms - 3_800)).toBeLessThan(38);
  });

  test('is looked at in no time, after two hours at the highest rate', () => {
    const timeline = new Timeline();
    timeline.turn(0);
    const total = 2 * 3_600 * 100;
    for (let n = 0; n < total; n++) timeline.add(answer(n * 10, 'v2', (n * 7_919) % 200));
    const looks = Array.from({ length: 9 }, () => {
      const started = performance.now();
      expect(timeline.window('after').requests).toBe(total);
      timeline.spans(total * 10);
      return performance.now() - started;
    });
    // Kept and sorted at each look they take half a second, in which nothing is measured.
    expect(Math.min(...looks)).toBeLessThan(150);
  });
});
