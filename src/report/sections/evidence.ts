/** What was measured: what a probe of the live URL saw while traffic moved. */
import { inertCode, inertMarkdown } from '../../lib/inert.js';
import { formatDuration } from '../../lib/units.js';
import type { Outcome, ProbeEvidence } from '../../release/model.js';
import { p95Text } from '../latency.js';
import { type Limits, list, rowsOf, section, table } from '../markdown.js';
import { probeChart } from './chart.js';

/** Of so many probes the seconds are drawn; result.json has them all. */
const CHARTS = 5;

export function evidenceSection(outcome: Outcome, limits: Limits): string {
  const { evidence } = outcome;
  const charts = evidence.probes.slice(0, CHARTS).map(probe => probeChart(probe, outcome, limits));
  return section(
    'Evidence',
    probeTable(evidence, limits),
    ...charts,
    errorList(evidence, limits),
    heldTable(evidence, limits),
  );
}

function probeTable({ probes }: Outcome['evidence'], limits: Limits): string {
  const rows = rowsOf(probes, limits, probe => [
    inertCode(probe.url, 120),
    String(probe.requests),
    probe.failed > 0 ? `**${probe.failed}**` : '0',
    sinceSwitch(probe.firstGreenMs),
    sinceSwitch(probe.lastBlueMs),
    sinceSwitch(probe.lastBlueKeptMs),
    sinceSwitch(probe.fullGreenMs),
    p95Text(probe),
    answersText(probe),
  ]);
  const columns = [
    'live URL',
    'requests',
    'failed',
    'first green',
    'last blue, new connections',
    'last blue, kept connection',
    'all green',
    probes.some(({ before }) => before) ? 'p95 before → after' : 'p95',
    'answers',
  ];
  return table(columns, rows, limits);
}

function heldTable({ held = [] }: Outcome['evidence'], limits: Limits): string {
  const rows = rowsOf(held, limits, ({ target, slot, operations, text }) => [
    inertCode(target, 60),
    inertCode(slot, 60),
    operations === undefined ? 'not known' : String(operations),
    inertMarkdown(text, 300),
  ]);
  return table(['target', 'taken away', 'work that it still had', 'as counted by'], rows, limits);
}

function sinceSwitch(ms: number | undefined): string {
  return ms === undefined ? 'not seen' : `${formatDuration(ms)} after`;
}

function answersText({ answers }: ProbeEvidence): string {
  const counted = Object.entries(answers).sort(([, one], [, other]) => other - one);
  return counted
    .slice(0, 5)
    .map(([name, amount]) => `${inertCode(name, 40)} ${amount}`)
    .join(', ');
}

function errorList({ probes }: Outcome['evidence'], limits: Limits): string {
  const errors = list(
    probes.flatMap(probe => probe.errors),
    limits,
    error => inertMarkdown(error, 200),
  );
  return errors && `The first failures:\n\n${errors}`;
}
