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
  const found =
    identity.header === undefined
      ? atPath(parse(answer.text), identity.json ?? '')
      : answer.headers[identity.header.toLowerCase()];
  if (typeof found === 'string' && found !== '') return found;
  return typeof found === 'number' ? String(found) : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // an answer that is no JSON names no version, which is what the caller reports
  }
}
