/** Takes secrets out of text (P12), also where they were encoded or cut on the way. */
import { asNumbers, inertHtml, inertMarkdown, plain } from './inert.js';

/** Shorter ones would turn ordinary text into asterisks. */
const SHORTEST = 4;
const MASK = '***';
/** PEM armour is in every key and certificate: masking it protects nothing. */
const PUBLIC_LINE = /^-----(BEGIN|END) [A-Z0-9 ]+-----$/;

/** Knows secrets, and replaces them and their encoded forms in any text. */
export class Redactor {
  readonly #forms = new Set<string>();
  #pattern: RegExp | undefined;

  /** From now on `secret` is masked, and each of its lines; these are answered. Empty and very short ones are not. */
  add(secret: string): readonly string[] {
    const lines = secret.split(/\r?\n/).map(line => line.trim());
    const parts = [...new Set([secret, secret.trim(), plain(secret), ...lines])];
    const isNew = (part: string) => part.trim().length >= SHORTEST && !PUBLIC_LINE.test(part) && !this.#forms.has(part);
    const masked = parts.filter(isNew);
    if (masked.length === 0) return masked;
    for (const part of masked) {
      for (const form of encodedForms(part)) if (form.length >= SHORTEST) this.#forms.add(form);
    }
    this.#pattern = undefined;
    return masked;
  }

  /** The text with `***` in place of every secret. */
  redact(text: string): string {
    if (this.#forms.size === 0) return text;
    this.#pattern ??= anyOf(this.#forms);
    return this.#redactCut(text.replace(this.#pattern, MASK));
  }

  /** Everything that `value` holds, with its texts redacted: for data on its way to a report. Keys are redacted too. */
  redactAll<T>(value: T): T {
    if (typeof value === 'string') return this.redact(value) as T;
    if (Array.isArray(value)) return value.map(item => this.redactAll(item)) as T;
    if (value === null || typeof value !== 'object') return value;
    const entries = Object.entries(value).map(([key, item]) => [this.redact(key), this.redactAll(item)]);
    return Object.fromEntries(entries) as T;
  }

  /** A text that was shortened in the middle of a secret shows its beginning before the `…`, or its end after one. */
  #redactCut(text: string): string {
    if (!text.includes('…')) return text;
    const pieces = text.split('…');
    return pieces
      .map((piece, at) => {
        const end = at < pieces.length - 1 ? piece.length - this.#longest(piece, 'beginning') : piece.length;
        const start = at > 0 ? this.#longest(piece.slice(0, end), 'end') : 0;
        const before = start > 0 ? MASK : '';
        const after = end < piece.length ? MASK : '';
        return before + piece.slice(start, end) + after;
      })
      .join('…');
  }

  /** How many characters at the edge of `piece` are the beginning (or end) of a secret; 0 when too few to tell. */
  #longest(piece: string, part: 'beginning' | 'end'): number {
    let longest = 0;
    for (const form of this.#forms) {
      const shown = part === 'beginning' ? shownBeginning(piece, form) : shownEnd(piece, form);
      longest = Math.max(longest, shown);
    }
    return longest;
  }
}

/** How long the end of `piece` is that `form` begins with. */
function shownBeginning(piece: string, form: string): number {
  const tail = piece.slice(-form.length);
  const begin = form.slice(0, SHORTEST);
  for (let at = tail.indexOf(begin); at >= 0; at = tail.indexOf(begin, at + 1)) {
    if (form.startsWith(tail.slice(at))) return tail.length - at;
  }
  return 0;
}

/** How long the beginning of `piece` is that `form` ends with. */
function shownEnd(piece: string, form: string): number {
  const head = piece.slice(0, form.length);
  const end = form.slice(-SHORTEST);
  for (let at = head.lastIndexOf(end); at >= 0; at = at > 0 ? head.lastIndexOf(end, at - 1) : -1) {
    if (form.endsWith(head.slice(0, at + SHORTEST))) return at + SHORTEST;
  }
  return 0;
}

/** The forms in which a secret travels: as it is, and as JSON, URLs, base64, hex and Markdown write it. */
function encodedForms(secret: string): string[] {
  const bytes = Buffer.from(secret, 'utf8');
  const json = JSON.stringify(secret).slice(1, -1);
  const wellFormed = secret.replace(/\p{Cs}/gu, '\ufffd');
  const uri = encodeURIComponent(wellFormed);
  const base64 = base64Forms(bytes);
  return [
    secret,
    json,
    json.replace(/\//g, '\\/'),
    JSON.stringify(json).slice(1, -1), // JSON inside JSON: last-applied annotations, records
    uri,
    uri.replace(/%[0-9A-F]{2}/g, code => code.toLowerCase()),
    uri.replace(/%20/g, '+'),
    encodeURI(wellFormed),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    inertMarkdown(secret, Number.POSITIVE_INFINITY),
    asNumbers(secret),
    inertHtml(secret),
    ...base64,
    ...base64.map(form => form.replace(/\+/g, '-').replace(/\//g, '_')),
    ...base64.map(encodeURIComponent),
  ];
}

/** Base64 of the whole, and what stays the same of it when other bytes stand before and after (three alignments). */
function base64Forms(bytes: Buffer): string[] {
  const whole = bytes.toString('base64');
  const inside = [0, 1, 2].map(before => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    return encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
  });
  return [whole, whole.replace(/=+$/, ''), ...inside];
}

/** One expression for all forms, longest first, so that a form never leaves the rest of a longer one. */
function anyOf(forms: ReadonlySet<string>): RegExp {
  const escaped = [...forms]
    .sort((one, other) => other.length - one.length)
    .map(form => form.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  return new RegExp(escaped.join('|'), 'g');
}
