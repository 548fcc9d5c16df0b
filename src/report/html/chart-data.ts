/** The numbers that the script of the page draws; `browser/page.js` names the same shape. */
import { plain } from '../../lib/inert.js';
import type { Outcome, ProbeEvidence, ProbeSpan } from '../../release/model.js';
import { answerSeries, type Colour, perSecond, putBackAt, type Role, secondsFromSwitch, steady } from '../series.js';
import { LINES } from './sections/probes.js';

interface Line {
  readonly label: string;
  readonly colour: Colour | 'red';
  readonly values: readonly (number | null)[];
}

interface Chart {
  readonly unit: string;
  readonly lines: readonly Line[];
}

export interface ChartData {
  /** The time at 0, in milliseconds since the epoch. */
  readonly zero: number;
  /** When each span begins, in seconds from the switch; then when the last one ends, and what came later. */
  readonly x: readonly number[];
  readonly marks: readonly { readonly x: number; readonly label: string }[];
  readonly charts: Readonly<Record<'answers' | 'errors' | 'latency', Chart>>;
}

const LABEL = 60;
const ERROR_COLOURS: readonly Line['colour'][] = ['red', 'orange', 'violet', 'grey', 'blue'];
const ROLES: Readonly<Record<Role, string>> = { blue: ' (blue)', green: ' (green)', unknown: '' };

export function chartData(probe: ProbeEvidence, outcome: Outcome): ChartData {
  const spans = steady(probe);
  const last = spans.at(-1);
  const zero = probe.switchedAt ?? spans[0]?.at ?? outcome.startedAt;
  const offset = (at: number) => Math.round(secondsFromSwitch(probe, at) * 1_000) / 1_000;
  const marks = marksOf(probe, outcome);
  // The last span ends where nothing begins; a probe is over before the routing goes back.
  const end = last === undefined ? [] : [last.at + last.ms];
  const later = marks.map(({ at }) => at).filter(at => at > (end[0] ?? at));
  const values = (value: (span: ProbeSpan) => number | null) => [
    ...[...spans, ...(last ? [last] : [])].map(value),
    ...later.map(() => null),
  ];
  return {
    zero,
    x: [...spans.map(({ at }) => at), ...end, ...later].map(offset),
    marks: marks.map(({ at, label }) => ({ x: offset(at), label })),
    charts: {
      answers: {
        unit: 'per second',
        lines: answerSeries(probe, outcome, LINES).map(({ name, role, colour }) => ({
          label: `${plain(name, LABEL)}${ROLES[role]}`,
          colour,
          values: values(span => perSecond(span.answers[name] ?? 0, span.ms)),
        })),
      },
      errors: {
        unit: 'per second',
        lines: errorKinds(spans).map((kind, index) => ({
          label: plain(kind, LABEL),
          colour: ERROR_COLOURS[index] ?? 'grey',
          values: values(span => perSecond(span.errors[kind] ?? 0, span.ms)),
        })),
      },
      latency: {
        unit: 'ms',
        lines: [{ label: 'p95', colour: 'violet', values: values(span => span.p95Ms ?? null) }],
      },
    },
  };
}

function marksOf({ switchedAt }: ProbeEvidence, { evidence }: Outcome): readonly { at: number; label: string }[] {
  if (switchedAt === undefined) return [];
  const back = putBackAt(evidence);
  return [{ at: switchedAt, label: 'switch' }, ...(back === undefined ? [] : [{ at: back, label: 'put back' }])];
}

/** The kinds of failures that came most. */
function errorKinds(spans: readonly ProbeSpan[]): readonly string[] {
  const counted = new Map<string, number>();
  for (const span of spans) {
    for (const [kind, amount] of Object.entries(span.errors)) counted.set(kind, (counted.get(kind) ?? 0) + amount);
  }
  return [...counted]
    .sort(([, one], [, other]) => other - one)
    .slice(0, LINES)
    .map(([kind]) => kind);
}
