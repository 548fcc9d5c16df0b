/** What the probes of the live URL saw: the numbers, charts to look into, and a table of the same. */
import { shorten } from '../../../lib/text.js';
import { formatDuration } from '../../../lib/units.js';
import type { Outcome, ProbeEvidence } from '../../../release/model.js';
import { p95Text } from '../../latency.js';
import { type AnswerSeries, answerSeries, failedIn, secondsFromSwitch } from '../../series.js';
import { type Markup, markup } from '../markup.js';
import { code, type Limits, type Section, sentences, table } from '../parts.js';

/** Of so many probes the seconds are drawn; result.json has them all. */
export const CHARTS = 8;
/** Lines of a chart that can still be told apart. */
export const LINES = 5;

export function probesSection(outcome: Outcome, limits: Limits): readonly Section[] {
  const { probes } = outcome.evidence;
  if (probes.length === 0) return [];
  const shown = probes.slice(0, CHARTS).map((probe, index) => probeMarkup(probe, index, outcome, limits));
  const cut =
    probes.length > CHARTS ? markup`<p class="more">Of ${probes.length} probes ${CHARTS} are shown.</p>` : undefined;
  return [{ id: 'evidence', title: 'What users saw', content: markup`${shown}${cut}` }];
}

function probeMarkup(probe: ProbeEvidence, index: number, outcome: Outcome, limits: Limits): Markup {
  const hasErrors = probe.spans.some(span => failedIn(span) > 0);
  const charts = [
    figure('answers', 'Answers per second, by version'),
    ...(hasErrors ? [figure('errors', 'Failed requests per second, by kind')] : []),
    figure('latency', 'p95 of the answers, in milliseconds'),
  ];
  const drawn = markup`<div data-probe="${index}" hidden>
<p class="hint">Point at a chart for its values; drag across it to zoom, and double-click to see everything again.</p>
<div class="tools" role="group" aria-label="Zoom"></div>
${charts}</div>
`;
  const errors = sentences(probe.errors, limits);
  return markup`<article class="probe"><h3>${code(probe.url, limits)}</h3>
<dl class="numbers">${numbers(probe)}</dl>
${probe.spans.length > 1 ? drawn : undefined}
${errors && markup`<p>The first failures, and the latest:</p>${errors}`}
${spanTable(probe, answerSeries(probe, outcome, LINES), limits)}
</article>`;
}

function figure(name: string, caption: string): Markup {
  return markup`<figure data-chart="${name}"><figcaption>${caption}</figcaption><div aria-hidden="true"></div></figure>`;
}

function numbers(probe: ProbeEvidence): readonly Markup[] {
  const tile = (name: string, value: string, tone = '') =>
    markup`<div class="${tone}"><dt>${name}</dt><dd>${value}</dd></div>`;
  return [
    tile('requests', String(probe.requests)),
    tile('failed', String(probe.failed), probe.failed > 0 ? 'bad' : 'good'),
    tile('first answer of green', sinceSwitch(probe.firstGreenMs)),
    tile('last of blue, new connections', sinceSwitch(probe.lastBlueMs)),
    tile('last of blue, kept connection', sinceSwitch(probe.lastBlueKeptMs)),
    tile('all green', sinceSwitch(probe.fullGreenMs)),
    tile(probe.before ? 'p95 before → after' : 'p95', p95Text(probe)),
  ];
}

function sinceSwitch(ms: number | undefined): string {
  return ms === undefined ? 'not seen' : `+${formatDuration(ms)}`;
}

function spanTable(probe: ProbeEvidence, series: readonly AnswerSeries[], limits: Limits): Markup | undefined {
  if (probe.spans.length === 0) return undefined;
  const columns = ['from the switch', ...series.map(({ name }) => shorten(name, 80)), 'failed', 'p95'];
  const label = shorten(`What ${probe.url} answered, span by span`, limits.text);
  const numbered = columns.map(title => ({ title, kind: 'number' as const }));
  const numbers = table(label, numbered, probe.spans, limits, span => [
    `${secondsFromSwitch(probe, span.at).toFixed(1)} s`,
    ...series.map(({ name }) => span.answers[name] ?? 0),
    errorText(span.errors, limits),
    span.p95Ms === undefined ? '–' : formatDuration(span.p95Ms),
  ]);
  return markup`<details><summary>The numbers of the charts</summary>${numbers}</details>`;
}

function errorText(errors: Readonly<Record<string, number>>, limits: Limits): string {
  const kinds = Object.entries(errors).map(([kind, amount]) => `${amount} ${kind}`);
  return kinds.length === 0 ? '0' : shorten(kinds.join(', '), limits.text);
}
