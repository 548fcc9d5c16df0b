/** What the probe saw, second by second: a chart where Mermaid is rendered, and the same numbers as a table. */
import { inertCode } from '../../lib/inert.js';
import { formatDuration } from '../../lib/units.js';
import type { ProbeEvidence, ProbeSpan } from '../../release/model.js';
import { type Limits, table } from '../markdown.js';

/** A chart of more is no longer read: so many spans before the switch and so many in all are shown. */
const BEFORE = 15;
const SHOWN = 60;
/** Lines of a chart that has no legend: more cannot be told apart. */
const LINES = 3;

/** Nothing when there are too few seconds to see anything move. */
export function probeChart(probe: ProbeEvidence, limits: Limits): string {
  const shown = aroundSwitch(probe);
  if (shown.length < 2) return '';
  const names = mostSeen(probe);
  const lines = [...names.map(name => (span: ProbeSpan) => span.answers[name] ?? 0), failedIn];
  const labels = [...names.map(name => inertCode(name, 40)), 'failed'];
  const numbers = shown.map(({ at, lengthMs, ...span }) => ({
    at,
    values: lines.map(count => rate(count({ at, ...span }), lengthMs)),
  }));
  const chart = [
    '```mermaid',
    'xychart-beta',
    '  title "Answers per second"',
    `  x-axis "${probe.switchedAt === undefined ? 'seconds' : 'seconds from the switch'}" [${numbers.map(({ at }) => offset(probe, at)).join(', ')}]`,
    '  y-axis "per second"',
    ...lines.map((_, index) => `  line [${numbers.map(({ values }) => values[index]).join(', ')}]`),
    '```',
  ].join('\n');
  const legend = `Lines of the chart of ${inertCode(probe.url, 120)}, in their order: ${labels.join(', ')}.`;
  return [chart, legend, folded(probe, shown, names, labels, limits)].join('\n\n');
}

function folded(
  probe: ProbeEvidence,
  shown: readonly ProbeSpan[],
  names: readonly string[],
  labels: readonly string[],
  limits: Limits,
): string {
  const rows = shown.map(span => [
    `${offset(probe, span.at)} s`,
    ...names.map(name => String(span.answers[name] ?? 0)),
    failedText(span),
    span.p95Ms === undefined ? '–' : formatDuration(span.p95Ms),
  ]);
  const numbers = table(['from the switch', ...labels, 'p95'], rows, limits);
  return ['<details>', '<summary>The numbers of the chart</summary>', '', numbers, '', '</details>'].join('\n');
}

interface Shown extends ProbeSpan {
  readonly lengthMs: number;
}

function aroundSwitch({ spans, switchedAt }: ProbeEvidence): readonly Shown[] {
  const lengths = spans.map((span, index) => {
    const next = spans[index + 1];
    return { ...span, lengthMs: next ? Math.max(1, next.at - span.at) : 1_000 };
  });
  const after = switchedAt === undefined ? 0 : lengths.findIndex(({ at }) => at >= switchedAt);
  return lengths.slice(Math.max(0, after - BEFORE)).slice(0, SHOWN);
}

function mostSeen({ answers }: ProbeEvidence): readonly string[] {
  const sorted = Object.entries(answers).sort(([, one], [, other]) => other - one);
  return sorted.slice(0, LINES).map(([name]) => name);
}

function offset({ switchedAt, spans }: ProbeEvidence, at: number): string {
  return ((at - (switchedAt ?? spans[0]?.at ?? at)) / 1_000).toFixed(1);
}

function rate(amount: number, lengthMs: number): number {
  return Math.round((amount * 10_000) / lengthMs) / 10;
}

function failedIn({ errors }: Pick<ProbeSpan, 'errors'>): number {
  return Object.values(errors).reduce((sum, amount) => sum + amount, 0);
}

function failedText(span: ProbeSpan): string {
  const kinds = Object.entries(span.errors).map(([kind, amount]) => `${amount} ${inertCode(kind, 40)}`);
  return kinds.length === 0 ? '0' : kinds.join(', ');
}
