/** Which version an answer says it comes from. */
import type { Identity } from '../config/schema.js';
import { atPath } from './json-path.js';

export interface Answer {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** The version that the answer names where `identity` says it stands; undefined when it names none. */
export function versionOf(answer: Answer, identity: Identity): string | undefined {
  const found = standsAt(answer, identity);
  if (typeof found !== 'string' && typeof found !== 'number') return undefined;
  const groups = identity.match === undefined ? [String(found)] : new RegExp(identity.match).exec(String(found));
  return (groups?.[1] ?? groups?.[0]) || undefined;
}

function standsAt({ headers, text }: Answer, { header, json }: Identity): unknown {
  if (header !== undefined) return headers[header.toLowerCase()];
  return json === undefined ? text : atPath(parse(text), json);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // an answer that is no JSON names no version, which is what the caller reports
  }
}
