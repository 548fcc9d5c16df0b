import { describe, expect, test } from '@jest/globals';
import { Timeline } from '../../src/checks/timeline.js';

const answer = (at: number, name = 'v1', ms = 5) => ({ at, answer: name, error: undefined, ms });
const error = (at: number, kind: string) => ({ at, answer: undefined, error: kind, ms: 0 });

describe('what a probe saw, second by second', () => {
  test('tells answers, errors and latency of each second', () => {
    const timeline = new Timeline();
    timeline.turn();
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
    timeline.turn();
    timeline.add(answer(599_500, 'v2'));
    expect(timeline.window('before').requests).toBe(61);
    expect(timeline.window('after')).toEqual({ requests: 1, failed: 0, p95Ms: 5 });
    expect(timeline.spans(600_000).at(-1)).toMatchObject({ at: 599_500, ms: 500, answers: { v2: 1 } });
  });

  test('keeps a long watch in longer spans, and loses no request by it', () => {
    const timeline = new Timeline();
    for (let second = 0; second < 30; second++) timeline.add(answer(second * 1_000));
    timeline.turn();
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
});
