/** What the probe saw, second by second: a chart where Mermaid is rendered, and the same numbers as a table. */
import { inertCode } from '../../lib/inert.js';
import { formatDuration } from '../../lib/units.js';
import type { Outcome, ProbeEvidence, ProbeSpan } from '../../release/model.js';
import { type Limits, table } from '../markdown.js';
import { type AnswerSeries, answerSeries, type Colour, failedIn, perSecond, secondsFromSwitch } from '../series.js';

/** A chart of more is no longer read: so many spans before the switch and so many in all are shown. */
const BEFORE = 15;
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
const SWITCH = ['light bar', '#c3c8ce'] as const;

/** Nothing when there are too few seconds to see anything move. */
export function probeChart(probe: ProbeEvidence, outcome: Outcome, limits: Limits): string {
  const spans = aroundSwitch(probe);
  if (spans.length < 2) return '';
  const series = answerSeries(probe, outcome, LINES);
  return [mermaid(probe, spans, series), legend(probe, series), folded(probe, spans, series, limits)].join('\n\n');
}

/** Mermaid has no mark on an axis: the switch is a bar of full height, behind the lines. */
function mermaid(probe: ProbeEvidence, spans: readonly ProbeSpan[], series: readonly AnswerSeries[]): string {
  const lines = [
    ...series.map(({ name }) => spans.map(({ answers, ms }) => perSecond(answers[name] ?? 0, ms))),
    spans.map(span => perSecond(failedIn(span), span.ms)),
  ];
  const top = Math.max(1, Math.ceil(Math.max(...lines.flat())));
  const isSwitch = spans.map(({ at }) => at === firstAfter(probe)?.at);
  const colours = [SWITCH[1], ...series.map(({ colour }) => COLOURS[colour]), FAILED[1]];
  const theme = JSON.stringify({ themeVariables: { xyChart: { plotColorPalette: colours.join(', ') } } });
  const from = probe.switchedAt === undefined ? 'seconds' : 'seconds from the switch';
  return [
    '```mermaid',
    `%%{init: ${theme}}%%`,
    'xychart-beta',
    '  title "Answers per second"',
    `  x-axis "${from}" [${spans.map(({ at }) => Math.round(secondsFromSwitch(probe, at))).join(', ')}]`,
    `  y-axis "per second" 0 --> ${top}`,
    `  bar [${isSwitch.map(is => (is ? top : 0)).join(', ')}]`,
    ...lines.map(line => `  line [${line.join(', ')}]`),
    '```',
  ].join('\n');
}

function legend(probe: ProbeEvidence, series: readonly AnswerSeries[]): string {
  const lines = series.map(({ name, colour }) => `${inertCode(name, 40)} ${colour}`);
  const bar = probe.switchedAt === undefined ? '' : `; the ${SWITCH[0]} is the switch`;
  return `The chart of ${inertCode(probe.url, 120)}: ${[...lines, `failed ${FAILED[0]}`].join(', ')}${bar}.`;
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

function aroundSwitch(probe: ProbeEvidence): readonly ProbeSpan[] {
  const after = firstAfter(probe);
  const middle = after === undefined ? 0 : probe.spans.indexOf(after);
  return probe.spans.slice(Math.max(0, middle - BEFORE)).slice(0, SHOWN);
}

function firstAfter({ spans, switchedAt }: ProbeEvidence): ProbeSpan | undefined {
  return switchedAt === undefined ? undefined : spans.find(({ at }) => at >= switchedAt);
}

function failedText(span: ProbeSpan): string {
  const kinds = Object.entries(span.errors).map(([kind, amount]) => `${amount} ${inertCode(kind, 40)}`);
  return kinds.length === 0 ? '0' : kinds.join(', ');
}
