/** What is live now, and what was before. */
import type { Outcome } from '../../../release/model.js';
import { code, type Limits, type Section, slotText, table, time } from '../parts.js';

const COLUMNS = ['target', 'live now', 'before', 'switched at'].map(title => ({ title }));

export function liveSection({ targets }: Outcome, limits: Limits): readonly Section[] {
  if (targets.length === 0) return [];
  const content = table('What is live', COLUMNS, targets, limits, target => [
    code(target.target, limits),
    target.live === undefined ? 'not known' : slotText(target.live, target.liveVersion, limits),
    slotText(target.previous, target.previousVersion, limits),
    target.switchedAt === undefined ? '–' : time(target.switchedAt),
  ]);
  return [{ id: 'live', title: 'What is live', content }];
}
