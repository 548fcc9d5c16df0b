/** Equal for equal values: a short text in the place of a long one. */
import { createHash } from 'node:crypto';

/** @param length hexadecimal digits, at most 64 */
export function fingerprint(value: unknown, length: number): string {
  return createHash('sha256').update(JSON.stringify(value, inOrder)).digest('hex').slice(0, length);
}

/** For `JSON.stringify`: the order of keys means nothing. */
function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
