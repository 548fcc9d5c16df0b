/** Every write to the platform, old -> new; folded, for they are many and seldom the question. */
import { shorten } from '../../../lib/text.js';
import { count } from '../../../lib/units.js';
import type { Outcome } from '../../../release/model.js';
import { markup } from '../markup.js';
import { code, type Limits, type Section, table } from '../parts.js';

const COLUMNS = ['write', 'object', 'what changes'].map(title => ({ title }));

export function changesSection({ changes }: Outcome, limits: Limits): readonly Section[] {
  if (changes.length === 0) return [];
  const writes = table('Writes made', COLUMNS, changes, limits, ({ verb, object, detail }) => [
    verb,
    code(object, limits),
    shorten(detail, limits.text),
  ]);
  const folded = markup`<details><summary>${count(changes.length, 'write')}</summary>${writes}</details>`;
  return [{ id: 'changes', title: 'Writes made', content: folded }];
}
