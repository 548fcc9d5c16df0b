/** Every write to the platform, old -> new. */
import { inertCode, inertMarkdown } from '../../lib/inert.js';
import { count } from '../../lib/units.js';
import type { Change } from '../../release/model.js';
import { type Limits, rowsOf, section, table } from '../markdown.js';

/** `title` says whether they were made or would be. Folded, for they are many and seldom the question. */
export function changesSection(title: string, changes: readonly Change[], limits: Limits): string {
  if (changes.length === 0) return '';
  const rows = rowsOf(changes, limits, ({ verb, object, detail }) => [
    verb,
    inertCode(object, 150),
    inertMarkdown(detail),
  ]);
  const folded = [
    '<details>',
    `<summary>${count(changes.length, 'write')}</summary>`,
    '',
    table(['', 'object', 'what changes'], rows, limits),
    '',
    '</details>',
  ];
  return section(title, folded.join('\n'));
}
