/** What preflight found, the worst first. */
import { inertCode, inertMarkdown } from '../../lib/inert.js';
import type { Finding, Severity } from '../../release/model.js';
import { type Limits, rowsOf, section, table } from '../markdown.js';

const SIGNS: Readonly<Record<Severity, string>> = { error: '❌', warning: '⚠️', info: 'ℹ️' };
const WORST_FIRST: readonly Severity[] = ['error', 'warning', 'info'];

export function findingsSection(findings: readonly Finding[], limits: Limits): string {
  const sorted = WORST_FIRST.flatMap(severity => findings.filter(finding => finding.severity === severity));
  const rows = rowsOf(sorted, limits, ({ severity, code, target, message, remedy }) => [
    `${SIGNS[severity]} ${severity}`,
    inertCode(code, 60),
    inertCode(target, 60),
    `${inertMarkdown(message)} ${inertMarkdown(remedy)}`,
  ]);
  return rows.length === 0
    ? ''
    : section('Findings', table(['', 'code', 'target', 'what, and what to do'], rows, limits));
}
