/** Who decided what at which gate, and when. */
import { inertCode, inertMarkdown, webAddress } from '../../lib/inert.js';
import { formatDuration } from '../../lib/units.js';
import type { Approval, Outcome } from '../../release/model.js';
import { type Limits, rowsOf, section, table } from '../markdown.js';

export const DECISION_SIGNS: Readonly<Record<Approval['decision'], string>> = {
  approved: '✅',
  denied: '✋',
  'timed-out': '⌛',
};

export function approvalsSection({ approvals }: Outcome, limits: Limits): string {
  const rows = rowsOf(approvals, limits, ({ gate, decision, by, at, askedAt, how, link }) => [
    `${DECISION_SIGNS[decision]} ${decision}`,
    `before ${gate}`,
    by.length === 0 ? 'nobody' : by.map(name => inertCode(name, 60)).join(', '),
    new Date(at).toISOString(),
    formatDuration(at - askedAt),
    linked(how, link),
  ]);
  return section('Approvals', table(['', 'gate', 'by', 'at', 'waited', 'asked by'], rows, limits));
}

/** A link to a page of http or https, and only the text when it is none. */
function linked(text: string, link: string | undefined): string {
  const shown = inertMarkdown(text, 100);
  const url = webAddress(link);
  return url === undefined ? shown : `[${shown}](${url})`;
}
