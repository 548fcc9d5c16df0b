/** Shortening, with a mark that says so. */

/** At most `limit` characters (code points); a text that was cut ends with `…`. */
export function shorten(text: string, limit: number): string {
  if (text.length <= limit) return text;
  // Two UTF-16 units a code point at most: the rest need not be looked at.
  const characters = Array.from(text.slice(0, 2 * limit + 2));
  return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join('')}…`;
}

/** The last `limit` characters (code points); a text that was cut begins with `…`. */
export function shortenStart(text: string, limit: number): string {
  const characters = Array.from(text.slice(-(2 * limit + 2)));
  return characters.length <= limit ? text : `…${characters.slice(1 - limit).join('')}`;
}

/**
 * Whole lines of Markdown as far as they fit into `bytes` bytes of UTF-8 together with `note`, which ends a cut text. A
 * code block that is cut is closed, so that the note, and whatever stands after it, is none of it.
 */
export function cutLines(text: string, bytes: number, note: string): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  let room = bytes - Buffer.byteLength(note) - 2;
  const kept: string[] = [];
  let fence = '';
  for (const line of text.split('\n')) {
    const opened = fenceAfter(fence, line);
    room -= Buffer.byteLength(line) + 1;
    if (room - (opened.length + 1) < 0) break;
    kept.push(line);
    fence = opened;
  }
  return [...kept, ...(fence ? [fence] : []), '', note].join('\n');
}

/** The fence that is open after a line; empty: none. One is closed by as many of its characters, or more. */
function fenceAfter(open: string, line: string): string {
  const [, fence = '', rest = ''] = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line) ?? [];
  if (open === '') return fence;
  return fence.startsWith(open) && rest.trim() === '' ? '' : open;
}
