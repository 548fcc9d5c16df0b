/** The few forms that the sections of report.html are made of. */
import { webAddress } from '../../lib/inert.js';
import { shorten } from '../../lib/text.js';
import { Markup, markup, type Part } from './markup.js';

/** How much of each list and of each text is shown. */
export interface Limits {
  readonly rows: number;
  readonly text: number;
}

export interface Section {
  /** What links inside of the page name it by. */
  readonly id: string;
  readonly title: string;
  readonly content: Markup;
}

export interface Column {
  readonly title: string;
  /** Numbers stand to the right; a word is never broken. */
  readonly kind?: 'number' | 'word';
}

/**
 * A table that becomes a list of cards where it is too narrow for one. Roles, because styled tables lose their own. Cells
 * are made of the items that are shown alone.
 */
export function table<T>(
  label: string,
  columns: readonly Column[],
  items: readonly T[],
  { rows: most }: Limits,
  cells: (item: T) => readonly Part[],
): Markup {
  const kind = (column: Column | undefined) => new Markup(column?.kind ? ` class="${column.kind}"` : '');
  const head = columns.map(column => markup`<th role="columnheader" scope="col"${kind(column)}>${column.title}</th>`);
  const body = items.slice(0, most).map(item => {
    const made = cells(item).map((cell, index) => {
      const column = columns[index];
      return markup`<td role="cell" data-label="${column?.title}"${kind(column)}><div>${cell}</div></td>`;
    });
    return markup`<tr role="row">${made}</tr>\n`;
  });
  return markup`<table role="table" aria-label="${label}">
<thead role="rowgroup"><tr role="row">${head}</tr></thead>
<tbody role="rowgroup">${body}</tbody>
</table>${more(items.length, most)}`;
}

/** Nothing without items. */
export function list<T>(items: readonly T[], { rows: most }: Limits, content: (item: T) => Part): Markup | undefined {
  if (items.length === 0) return undefined;
  return markup`<ul>${items.slice(0, most).map(item => markup`<li>${content(item)}</li>`)}</ul>${more(items.length, most)}`;
}

/** Sentences as a list; nothing without one. */
export function sentences(texts: readonly string[], limits: Limits): Markup | undefined {
  return list(texts, limits, text => shorten(text, limits.text));
}

export function code(text: string, { text: limit }: Limits): Markup {
  return markup`<code>${shorten(text, limit)}</code>`;
}

/** Lines as they came. `copied`: what a person pastes into a shell. */
export function block(lines: readonly string[], { rows: most, text: limit }: Limits, copied = false): Markup {
  const shown = lines.slice(0, most).map(line => shorten(line, limit));
  const mark = new Markup(copied ? ' data-copy' : '');
  return markup`<pre tabindex="0"${mark}><code>${shown.join('\n')}</code></pre>${more(lines.length, most)}`;
}

/** A slot and its version, such as `shop-green v2`. */
export function slotText(slot: string | undefined, version: string | undefined, limits: Limits): Markup {
  if (slot === undefined) return markup`nothing`;
  return version === undefined
    ? code(slot, limits)
    : markup`${code(slot, limits)} <span class="version">${shorten(version, 80)}</span>`;
}

/** A word with a colour of its own; the sign says the same to those who do not see it. */
export function badge(tone: Tone, sign: string, text: string): Markup {
  return markup`<span class="badge ${tone}"><span aria-hidden="true">${sign}</span> ${text}</span>`;
}

export type Tone = 'good' | 'bad' | 'warn' | 'calm';

export function time(at: number): Markup {
  const iso = new Date(at).toISOString();
  return markup`<time datetime="${iso}">${iso.slice(0, 19).replace('T', ' ')} UTC</time>`;
}

/** A link to a page of the web, or the text alone. */
export function linked(text: string, link: string | undefined): Part {
  const address = webAddress(link);
  return address === undefined ? text : markup`<a href="${address}" rel="noreferrer noopener">${text}</a>`;
}

function more(total: number, most: number): Markup | undefined {
  return total > most ? markup`<p class="more">and ${total - most} more: result.json has everything.</p>` : undefined;
}
