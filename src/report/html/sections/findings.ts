/** What preflight found, the worst first. */
import { shorten } from '../../../lib/text.js';
import type { Outcome, Severity } from '../../../release/model.js';
import { badge, code, type Limits, type Section, type Tone, table } from '../parts.js';

const LOOKS: Readonly<Record<Severity, readonly [tone: Tone, sign: string]>> = {
  error: ['bad', '✗'],
  warning: ['warn', '!'],
  info: ['calm', 'i'],
};
const WORST_FIRST: readonly Severity[] = ['error', 'warning', 'info'];
const COLUMNS = ['severity', 'code', 'target', 'what, and what to do'].map(title => ({ title }));

export function findingsSection({ findings }: Outcome, limits: Limits): readonly Section[] {
  if (findings.length === 0) return [];
  const sorted = WORST_FIRST.flatMap(severity => findings.filter(finding => finding.severity === severity));
  const content = table('Findings', COLUMNS, sorted, limits, ({ severity, code: name, target, message, remedy }) => [
    badge(...LOOKS[severity], severity),
    code(name, limits),
    code(target, limits),
    shorten(`${message} ${remedy}`, limits.text),
  ]);
  return [{ id: 'findings', title: 'Findings', content }];
}
