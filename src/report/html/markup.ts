/** HTML in which every text that is put in stands for itself (P16). */
import { inertHtml } from '../../lib/inert.js';

/** HTML that is ours, to be put into other HTML as it is. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Part = Markup | string | number | undefined | readonly Part[];

/** Our own HTML around parts: strings and numbers become inert text, Markup stays, undefined is nothing. */
export function markup(ours: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(ours.map((text, index) => text + (index < parts.length ? rendered(parts[index]) : '')).join(''));
}

/** Data for a script of the page, in a block that no text of it can close. */
export function dataBlock(id: string, data: unknown): Markup {
  const json = JSON.stringify(data).replace(/[<>&\u2028\u2029]/g, sign => {
    return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return markup`<script type="application/json" id="${id}">${new Markup(json)}</script>`;
}

function rendered(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(rendered).join('');
  return inertHtml(String(part));
}
