/** The checks, those that did not pass first, each with its verdict and what was answered. */
import { inertCode, inertMarkdown } from '../../lib/inert.js';
import { formatDuration } from '../../lib/units.js';
import type { CheckReport, Outcome, VerdictName } from '../../release/model.js';
import { type Limits, rowsOf, section, table } from '../markdown.js';

const SIGNS: Readonly<Record<VerdictName, string>> = { pass: '✅', fail: '❌', unknown: '❔' };
const COLUMNS = ['', 'check', 'step', 'on', 'tries', 'time', 'answer'];

export function checksSection({ checks }: Outcome, limits: Limits): string {
  const passed = (check: CheckReport) => check.verdict === 'pass';
  const sorted = [...checks.filter(check => !passed(check)), ...checks.filter(passed)];
  const rows = rowsOf(sorted, limits, check => [
    `${SIGNS[check.verdict]} ${check.verdict}`,
    inertCode(check.name, 100),
    check.step,
    inertCode(check.slot ?? `${check.target}, live`, 80),
    String(check.attempts),
    formatDuration(check.durationMs),
    inertMarkdown(check.reason, 400),
  ]);
  return rows.length === 0 ? '' : section('Checks', table(COLUMNS, rows, limits));
}
