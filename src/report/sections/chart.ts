/** What the probe saw, second by second: a chart where Mermaid is rendered, and the same numbers as a table. */
import { inertCode } from '../../lib/inert.js';
import { formatDuration } from '../../lib/units.js';
import type { Outcome, ProbeEvidence, ProbeSpan } from '../../release/model.js';
import { type Limits, table } from '../markdown.js';
import {
  type AnswerSeries,
  answerSeries,
  type Colour,
  condensed,
  failedIn,
  perSecond,
  putBackAt,
  secondsFromSwitch,
} from '../series.js';

/** A chart of more is no longer read: neighbouring spans become one. */
const SHOWN = 60;
/** Lines of a chart that has no legend: more cannot be told apart. */
const LINES = 3;
/** Seen on white and on black; their names stand beside the chart, which has no legend of its own. */
const COLOURS: Readonly<Record<Colour, string>> = {
  blue: '#3b82f6',
  green: '#22a355',
  violet: '#a371f7',
  orange: '#d97706',
  grey: '#8b949e',
};
const FAILED = ['red', '#e5484d'] as const;
const MARK = ['grey', '#9aa1a9'] as const;
/** Mermaid spreads the points of each line evenly: of so many, one that stands out is a thin peak. */
const PEAK_POINTS = 150;

/** Nothing when there are too few seconds to see anything move. */
export function probeChart(probe: ProbeEvidence, outcome: Outcome, limits: Limits): string {
  const spans = condensed(probe, SHOWN);
  if (spans.length < 2) return '';
  const series = answerSeries(probe, outcome, LINES);
  const chart = mermaid(probe, spans, series, outcome);
  return [chart, legend(probe, series, outcome), folded(probe, spans, series, limits)].join('\n\n');
}

/** Mermaid has no marks on an axis of numbers: the switch, and the way back, are peaks of a line of their own. */
function mermaid(
  probe: ProbeEvidence,
  spans: readonly ProbeSpan[],
  series: readonly AnswerSeries[],
  outcome: Outcome,
): string {
  const lines = [
    ...series.map(({ name }) => spans.map(({ answers, ms }) => perSecond(answers[name] ?? 0, ms))),
    spans.map(span => perSecond(failedIn(span), span.ms)),
  ];
  const top = Math.max(1, Math.ceil(Math.max(...lines.flat())));
  const from = secondsFromSwitch(probe, spans[0]?.at ?? 0);
  const to = Math.max(from + 1, secondsFromSwitch(probe, spans.at(-1)?.at ?? 0));
  const peaks = moves(probe, outcome).map(at => Math.round(Math.min(1, (at - from) / (to - from)) * (PEAK_POINTS - 1)));
  const marks = Array.from({ length: PEAK_POINTS }, (_, index) => (peaks.includes(index) ? top : 0));
  const colours = [MARK[1], ...series.map(({ colour }) => COLOURS[colour]), FAILED[1]];
  const theme = JSON.stringify({ themeVariables: { xyChart: { plotColorPalette: colours.join(', ') } } });
  const zero = probe.switchedAt === undefined ? 'seconds' : 'seconds from the switch';
  return [
    '```mermaid',
    `%%{init: ${theme}}%%`,
    'xychart-beta',
    '  title "Answers per second"',
    `  x-axis "${zero}" ${from.toFixed(1)} --> ${to.toFixed(1)}`,
    `  y-axis "per second" 0 --> ${top}`,
    ...[marks, ...lines].map(line => `  line [${line.join(', ')}]`),
    '```',
  ].join('\n');
}

/** When traffic moved, in seconds from the switch. */
function moves(probe: ProbeEvidence, { evidence }: Outcome): readonly number[] {
  const back = putBackAt(evidence);
  const times = probe.switchedAt === undefined ? [] : [probe.switchedAt, ...(back === undefined ? [] : [back])];
  return times.map(at => secondsFromSwitch(probe, at));
}

function legend(probe: ProbeEvidence, series: readonly AnswerSeries[], outcome: Outcome): string {
  const lines = series.map(({ name, colour }) => `${inertCode(name, 40)} ${colour}`);
  const peaks = ['', `; the ${MARK[0]} peak is the switch`, `; the ${MARK[0]} peaks are the switch and the way back`];
  const marks = peaks[moves(probe, outcome).length];
  return `The chart of ${inertCode(probe.url, 120)}: ${[...lines, `failed ${FAILED[0]}`].join(', ')}${marks}.`;
}

function folded(
  probe: ProbeEvidence,
  spans: readonly ProbeSpan[],
  series: readonly AnswerSeries[],
  limits: Limits,
): string {
  const rows = spans.map(span => [
    `${secondsFromSwitch(probe, span.at).toFixed(1)} s`,
    ...series.map(({ name }) => String(span.answers[name] ?? 0)),
    failedText(span),
    span.p95Ms === undefined ? '–' : formatDuration(span.p95Ms),
  ]);
  const names = series.map(({ name }) => inertCode(name, 40));
  const numbers = table(['from the switch', ...names, 'failed', 'p95'], rows, limits);
  return ['<details>', '<summary>The numbers of the chart</summary>', '', numbers, '', '</details>'].join('\n');
}

function failedText(span: ProbeSpan): string {
  const kinds = Object.entries(span.errors).map(([kind, amount]) => `${amount} ${inertCode(kind, 40)}`);
  return kinds.length === 0 ? '0' : kinds.join(', ');
}
