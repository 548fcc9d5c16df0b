/**
 * Text from a cluster, a service or a user is shown and never obeyed (P16). Everything that a CI system, a terminal or
 * Markdown would act upon is taken out or written so that it stands for itself.
 */
import { shorten } from './text.js';

/** Escape sequences of terminals: CSI, OSC and other strings, and the two-character ones. */
const TERMINAL_SEQUENCES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go
  /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)|\x1b[ -/]*[0-~]/g;
/** C0 (without tab and line ends), C1, and lone surrogates. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must go
const CONTROLS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\p{Cs}]/gu;
/** Characters that reorder or hide what a reader sees: bidi controls, invisible ones, tags. */
const DECEIVING = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
/** Breaks mentions, links and references apart without being seen; `clean` leaves none of somebody else's. */
const BREAK = '\u200b';
const LINE_ENDS = /\r\n|[\n\r\u2028\u2029]/;

/** Without terminal sequences, control characters and characters that deceive; lines end with \n. */
function clean(text: string): string {
  return text.replace(TERMINAL_SEQUENCES, '').split(LINE_ENDS).join('\n').replace(CONTROLS, '').replace(DECEIVING, '');
}

/** One line of plain text: for reasons, names and cells. White space becomes single spaces. */
export function plain(text: string, limit = Number.POSITIVE_INFINITY): string {
  // Cleaning a megabyte to keep a sentence is waste: sequences seldom make more than nine tenths of a text.
  const looked = limit === Number.POSITIVE_INFINITY ? text : text.slice(0, 10 * limit + 1_000);
  return shorten(clean(looked).replace(/\s+/g, ' ').trim(), limit);
}

/**
 * Lines for the log of GitHub or GitLab: no workflow command (`::error::` at the beginning of a line, `##[` anywhere),
 * no section mark of GitLab, no terminal sequence. Line ends stay.
 */
export function inertLines(text: string): string {
  return clean(text)
    .replace(/^(\s*):(?=:)/gm, '$1: ')
    .replace(/##(?=\[)/g, '# #')
    .replace(/(section_(?:start|end))(?=:)/g, '$1 ');
}

/** A sentence inside Markdown, a table cell included: no markup, HTML, link, image, mention or reference of its own. */
export function inertMarkdown(text: string, limit = 500): string {
  return plain(text, limit)
    .replace(/(@|:(?=\/\/)|www(?=\.)|#(?=\d)|\bGH-(?=\d))/gi, `$1${BREAK}`)
    .replace(/&/g, '&amp;')
    .replace(/[\\`*_[\]~$]/g, '\\$&')
    .replace(/</g, '&lt;')
    .replace(/\|/g, '&#124;')
    .replace(/^[#+=>-]/, '\\$&')
    .replace(/^(\d+)([.)])/, '$1\\$2')
    .replaceAll(BREAK, '&#8203;');
}

/** A value in code type, inside a sentence or a table cell; an empty text becomes a dash. */
export function inertCode(text: string, limit = 200): string {
  const value = plain(text, limit);
  if (!value) return '–';
  if (!/[`|]/.test(value)) return `\`${value}\``;
  // Backticks would end the code, pipes the cell: as numbers they are only letters.
  return `<code>${asNumbers(value)}</code>`;
}

/** The text with its punctuation as HTML numbers, which neither Markdown nor HTML takes for more than letters. */
export function asNumbers(text: string): string {
  return text.replace(/[!-/:-@[-`{-~]/g, sign => `&#${sign.charCodeAt(0)};`);
}

/** Lines in a code block whose fence no line can close. */
export function inertBlock(text: string, language = 'text'): string {
  const content = clean(text).replace(/\s+$/, '');
  const longest = Math.max(2, ...Array.from(content.matchAll(/`+/g), run => run[0].length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${content}\n${fence}`;
}

const HTML_ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text inside HTML or XML, the value of a quoted attribute included. Line ends stay. */
export function inertHtml(text: string): string {
  return clean(text).replace(/[&<>"']/g, sign => HTML_ENTITIES[sign] ?? '');
}

/** The address of a web page as a browser reads it, fit for a link; undefined when it is anything else. */
export function webAddress(link: string | undefined): string | undefined {
  if (link === undefined || !URL.canParse(link)) return undefined;
  const url = new URL(link);
  if (!['http:', 'https:'].includes(url.protocol)) return undefined;
  return url.href.replace(/[()|\\<>'"`]/g, sign => `%${sign.charCodeAt(0).toString(16)}`);
}
