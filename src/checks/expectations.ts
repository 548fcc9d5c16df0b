/** What an answer should look like, held against what came. Pure. */
import type { HttpCheckConfig, Identity } from '../config/schema.js';
import type { HttpAnswer } from '../lib/http.js';
import { plain } from '../lib/inert.js';
import { formatDuration } from '../lib/units.js';
import { versionOf } from './identity.js';
import { atPath } from './json-path.js';

type Expectation = HttpCheckConfig['expect'];

/** What the answer has to name. */
export interface Wanted {
  readonly version: string | undefined;
  readonly identity: Identity | undefined;
}

const SHOWN = 80;

/** Each way in which the answer is not as expected, such as `expected status 200, got 503`. Empty: it is. */
export function mismatches(expect: Expectation, answer: HttpAnswer, wanted: Wanted): readonly string[] {
  return [
    ...statusMismatch(expect, answer),
    ...headerMismatches(expect, answer),
    ...versionMismatch(expect, answer, wanted),
    ...jsonMismatches(expect, answer),
    ...bodyMismatch(expect, answer),
    ...timeMismatch(expect, answer),
  ];
}

/** Why the expectation cannot be held against any answer, as a sentence's end; undefined when it can. */
export function impossible(expect: Expectation, wanted: Wanted): string | undefined {
  if (expect.version && !wanted.identity)
    return 'the target has no identity that says where an answer names its version';
  if (expect.version && wanted.version === undefined) return 'the version that must answer is not known';
  for (const text of [...Object.values(expect.headers ?? {}), expect.body ?? '']) {
    try {
      pattern(text);
    } catch (thrown) {
      return thrown instanceof Error ? plain(thrown.message, 200) : String(thrown);
    }
  }
  return undefined;
}

function statusMismatch({ status }: Expectation, answer: HttpAnswer): string[] {
  const wanted = status === undefined ? undefined : [status].flat();
  const isFine = wanted ? wanted.includes(answer.status) : answer.status >= 200 && answer.status <= 299;
  return isFine ? [] : [`expected status ${wanted?.join(' or ') ?? '200 to 299'}, got ${answer.status}`];
}

function headerMismatches({ headers }: Expectation, answer: HttpAnswer): string[] {
  return Object.entries(headers ?? {}).flatMap(([name, text]) => {
    const value = answer.headers[name.toLowerCase()];
    if (value !== undefined && (pattern(text)?.test(value) ?? value === text)) return [];
    return [`expected header ${name} ${wantedText(text)}, got ${value === undefined ? 'none' : quoted(value)}`];
  });
}

function versionMismatch({ version }: Expectation, answer: HttpAnswer, wanted: Wanted): string[] {
  if (!version || !wanted.identity) return [];
  const found = versionOf(answer, wanted.identity);
  if (found === wanted.version) return [];
  return [
    `expected version ${plain(wanted.version ?? '', SHOWN)}, got ${found === undefined ? 'none' : quoted(found)}`,
  ];
}

function jsonMismatches({ json }: Expectation, answer: HttpAnswer): string[] {
  const wanted = Object.entries(json ?? {});
  if (wanted.length === 0) return [];
  let document: unknown;
  try {
    document = JSON.parse(answer.text);
  } catch {
    return [`expected a JSON body, got ${excerpt(answer.text)}`];
  }
  return wanted.flatMap(([path, value]) => {
    const found = atPath(document, path);
    return found === value ? [] : [`expected ${path} to be ${shown(value)}, got ${shown(found)}`];
  });
}

function bodyMismatch({ body }: Expectation, answer: HttpAnswer): string[] {
  if (body === undefined || (pattern(body)?.test(answer.text) ?? answer.text.includes(body))) return [];
  const wanted = pattern(body) ? `to match ${plain(body, SHOWN)}` : `to contain ${quoted(body)}`;
  return [`expected the body ${wanted}, got ${excerpt(answer.text)}`];
}

function timeMismatch({ within }: Expectation, answer: HttpAnswer): string[] {
  if (within === undefined || answer.ms <= within) return [];
  return [`expected an answer within ${formatDuration(within)}, got it after ${formatDuration(answer.ms)}`];
}

/** The regular expression that `/text/flags` writes; undefined for any other text. Throws for a wrong one. */
function pattern(text: string): RegExp | undefined {
  const [, source, flags] = /^\/(.+)\/([dimsuv]*)$/s.exec(text) ?? [];
  return source === undefined ? undefined : new RegExp(source, flags);
}

function wantedText(text: string): string {
  return pattern(text) ? `to match ${plain(text, SHOWN)}` : `to be ${quoted(text)}`;
}

function quoted(text: string): string {
  return `"${plain(text, SHOWN)}"`;
}

function excerpt(text: string): string {
  return text.trim() === '' ? 'an empty one' : quoted(text);
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  return plain(JSON.stringify(value), SHOWN);
}
