/** The checks, those that did not pass first, each with its verdict and what was answered. */
import { inertCode, inertMarkdown } from '../../lib/inert.js';
import { formatDuration } from '../../lib/units.js';
import type { CheckCase, CheckReport, Outcome, VerdictName } from '../../release/model.js';
import { checkRows } from '../check-rows.js';
import { type Limits, rowsOf, section, table } from '../markdown.js';

const SIGNS: Readonly<Record<VerdictName, string>> = { pass: '✅', fail: '❌', unknown: '❔' };
const CASE_SIGNS: Readonly<Record<CheckCase['outcome'], string>> = { passed: '✅', failed: '❌', skipped: '➖' };
const COLUMNS = ['', 'check', 'step', 'on', 'tries', 'time', 'answer'];

export function checksSection({ checks }: Outcome, limits: Limits): string {
  const rows = rowsOf(checkRows(checks), limits, ({ check, test }) => (test ? caseCells(check, test) : cells(check)));
  return rows.length === 0 ? '' : section('Checks', table(COLUMNS, rows, limits));
}

function cells(check: CheckReport): readonly string[] {
  return [
    `${SIGNS[check.verdict]} ${check.verdict}`,
    inertCode(check.name, 100),
    check.step,
    inertCode(check.slot ?? `${check.target}, live`, 80),
    String(check.attempts),
    formatDuration(check.durationMs),
    inertMarkdown(check.reason, 400),
  ];
}

function caseCells(check: CheckReport, { name, group, outcome, message, durationMs }: CheckCase): readonly string[] {
  return [
    `${CASE_SIGNS[outcome]} ${outcome}`,
    `↳ ${inertCode(group === '' ? name : `${group}: ${name}`, 100)}`,
    check.step,
    inertCode(check.name, 80),
    '',
    formatDuration(durationMs),
    inertMarkdown(message, 300),
  ];
}
