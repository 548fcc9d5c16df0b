/** Who decided what at which gate, and when. */
import { shorten } from '../../../lib/text.js';
import { formatDuration } from '../../../lib/units.js';
import type { Approval, Outcome } from '../../../release/model.js';
import { badge, type Limits, linked, type Section, type Tone, table, time } from '../parts.js';

const LOOKS: Readonly<Record<Approval['decision'], readonly [tone: Tone, sign: string]>> = {
  approved: ['good', '✓'],
  denied: ['bad', '✗'],
  'timed-out': ['warn', '⌛'],
};
const COLUMNS = ['decision', 'gate', 'by', 'at', 'waited', 'asked by'].map(title => ({ title }));

export function approvalsSection({ approvals }: Outcome, limits: Limits): readonly Section[] {
  if (approvals.length === 0) return [];
  const content = table('Approvals', COLUMNS, approvals, limits, ({ gate, decision, by, at, askedAt, how, link }) => [
    badge(...LOOKS[decision], decision),
    `before ${gate}`,
    shorten(by.join(', '), limits.text) || 'nobody',
    time(at),
    formatDuration(at - askedAt),
    linked(shorten(how, limits.text), link),
  ]);
  return [{ id: 'approvals', title: 'Approvals', content }];
}
