/** The few forms of Markdown that reports are made of. What comes from outside goes through `lib/inert` before. */
import { inertCode } from '../lib/inert.js';

/** How much of each list is shown; what is cut is counted. */
export interface Limits {
  readonly rows: number;
}

/** A heading and what belongs to it; nothing when there is nothing. */
export function section(title: string, ...parts: readonly string[]): string {
  const content = parts.filter(part => part !== '');
  return content.length === 0 ? '' : [`### ${title}`, ...content].join('\n\n');
}

/** A table; nothing without rows. Cells must be inert: a raw pipe would open a new one. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[], limits: Limits): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]) => `| ${cells.map(cell => cell || ' ').join(' | ')} |`;
  const shown = rows.slice(0, limits.rows).map(line);
  return [line(columns), line(columns.map(() => '---')), ...shown, ...more(rows.length, limits)].join('\n');
}

/** The cells of the rows that a table shows; of the others only that they are there, for they would be made in vain. */
export function rowsOf<T>(
  items: readonly T[],
  { rows }: Limits,
  cells: (item: T) => readonly string[],
): readonly (readonly string[])[] {
  return items.map((item, index) => (index < rows ? cells(item) : []));
}

/** A list; nothing without items. Only of those that are shown the text is made. */
export function list<T>(items: readonly T[], limits: Limits, text: (item: T) => string): string {
  const shown = items.slice(0, limits.rows).map(item => `- ${text(item)}`);
  return [...shown, ...more(items.length, limits)].join('\n');
}

function more(total: number, { rows }: Limits): string[] {
  return total > rows ? ['', `and ${total - rows} more`] : [];
}

/** A slot and its version, such as `shop-green` (`v2`). */
export function slotText(slot: string | undefined, version: string | undefined): string {
  if (slot === undefined) return 'nothing';
  return version === undefined ? inertCode(slot) : `${inertCode(slot)} (${inertCode(version, 80)})`;
}
