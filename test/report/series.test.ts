import { describe, expect, test } from '@jest/globals';
import type { Outcome, ProbeEvidence } from '../../src/release/model.js';
import { probeChart } from '../../src/report/sections/chart.js';
import { answerSeries, condensed, failedIn, putBackAt, steady } from '../../src/report/series.js';
import { hourLong } from './hour.js';
import { rolledBack, START, shop, succeeded } from './outcomes.js';

const probeOf = (outcome: Outcome) => outcome.evidence.probes[0] as ProbeEvidence;
const total = (spans: ProbeEvidence['spans'], name: string) =>
  spans.reduce((sum, span) => sum + (span.answers[name] ?? 0), 0);

describe('an hour of spans', () => {
  const probe = probeOf(hourLong());
  const few = condensed(probe, 60);

  test('becomes few enough to be drawn, and no answer and no failure is lost by it', () => {
    expect(few.length).toBeLessThanOrEqual(62);
    for (const name of ['v1', 'v2', 'other']) expect(total(few, name)).toBe(total(probe.spans, name));
    const failed = (spans: ProbeEvidence['spans']) => spans.reduce((sum, span) => sum + failedIn(span), 0);
    expect(failed(few)).toBe(failed(probe.spans));
    expect(few.reduce((sum, { ms }) => sum + ms, 0)).toBe(3_600_000);
  });

  test('never has both sides of the switch in one', () => {
    const { switchedAt = 0 } = probe;
    expect(few.some(({ at }) => at === switchedAt)).toBe(true);
    expect(few.filter(({ at, ms }) => at < switchedAt && at + ms > switchedAt)).toEqual([]);
    const odd = condensed({ ...probe, spans: probe.spans.slice(7) }, 60);
    expect(odd.filter(({ at, ms }) => at < switchedAt && at + ms > switchedAt)).toEqual([]);
  });

  test('keeps the worst latency in sight', () => {
    const worst = (spans: ProbeEvidence['spans']) => Math.max(...spans.map(({ p95Ms }) => p95Ms ?? 0));
    expect(worst(few)).toBe(worst(probe.spans));
  });

  test('is drawn whole: what went wrong half an hour after the switch is in the chart of the summary', () => {
    const chart = probeChart(probe, hourLong(), { rows: 200 });
    expect(chart).toContain('x-axis "seconds from the switch" -720.0 --> 2820.0');
    const lines = [...chart.matchAll(/^ {2}line \[(.*)\]$/gm)].map(([, values = '']) => values.split(', ').map(Number));
    const [marks = [], ...others] = lines;
    expect(marks.filter(value => value > 0)).toHaveLength(2);
    expect(others).toHaveLength(4);
    expect(Math.max(...(others.at(-1) ?? []))).toBeGreaterThan(3);
    expect(chart).toContain('failed red; the grey peaks are the switch and the way back.');
  });
});

describe('a span that was cut short', () => {
  const span = (at: number, ms: number, amount: number) => ({ at, ms, answers: { v1: amount }, errors: {}, p95Ms: 5 });
  const probe = { ...probeOf(succeeded), switchedAt: 2_100 };

  test('by the end is joined with the one before, so that no rate is made of a moment', () => {
    const spans = [span(2_100, 1_000, 20), span(3_100, 1_000, 20), span(4_100, 50, 3)];
    expect(steady({ ...probe, spans })).toEqual([span(2_100, 1_000, 20), span(3_100, 1_050, 23)]);
  });

  test('by the switch is joined with its own side', () => {
    const spans = [span(0, 1_000, 20), span(1_000, 1_000, 20), span(2_000, 100, 2), span(2_100, 400, 8)];
    expect(steady({ ...probe, spans })).toEqual([span(0, 1_000, 20), span(1_000, 1_100, 22), span(2_100, 400, 8)]);
  });
});

describe('whose answers they are', () => {
  const series = (over: Partial<ProbeEvidence>, outcome: Outcome = succeeded) =>
    answerSeries({ ...probeOf(succeeded), ...over }, outcome, 4).map(({ name, colour }) => `${name} ${colour}`);

  test('is told by the names of versions, or of slots, blue first, in their colours', () => {
    expect(series({ answers: { v2: 9, v1: 1, other: 5 } })).toEqual(['v1 blue', 'v2 green', 'other violet']);
    expect(series({ answers: { 'shop-green': 9, 'shop-blue': 1 } })).toEqual(['shop-blue blue', 'shop-green green']);
  });

  test('is the other way round after a rollback: what was live before is blue', () => {
    const back = { ...shop, live: 'shop-blue', liveVersion: 'v1', previous: 'shop-green', previousVersion: 'v2' };
    const rollback: Outcome = { ...succeeded, verb: 'rollback', targets: [back] };
    expect(series({ answers: { v1: 9, v2: 9 } }, rollback)).toEqual(['v2 blue', 'v1 green']);
  });

  test('stays apart when several are unknown', () => {
    expect(series({ answers: { a: 3, b: 2, c: 1 } })).toEqual(['a violet', 'b orange', 'c grey']);
  });
});

test('a route counts as put back by the write that brings its first state again', () => {
  expect(putBackAt(succeeded.evidence)).toBeUndefined();
  expect(putBackAt(rolledBack.evidence)).toBe(START + 45_000);
});
