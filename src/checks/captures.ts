/** Values that one request of a suite takes from its answer for those after it. */
import type { CaptureConfig } from '../config/schema.js';
import type { HttpAnswer } from '../lib/http.js';
import { atPath } from './json-path.js';

const PLACEHOLDER = /\{\{\s*([A-Za-z_]\w*)\s*\}\}/g;

/** The value, or undefined when the answer does not have it. */
export function captured({ json, header, match }: CaptureConfig, answer: HttpAnswer): string | undefined {
  const found =
    json === undefined ? (header === undefined ? answer.text : headerOf(answer, header)) : valueAt(answer, json);
  if (found === undefined || match === undefined) return found;
  const groups = new RegExp(match).exec(found);
  return groups?.[1] ?? groups?.[0];
}

/**
 * A copy of `value` in which every `{{name}}` of its texts is filled. `missing` is told names that stand for nothing.
 */
export function filled<T>(value: T, values: ReadonlyMap<string, string>, missing: (name: string) => void): T {
  if (typeof value === 'string') {
    const text = value.replace(PLACEHOLDER, (whole, name: string) => {
      const known = values.get(name);
      if (known === undefined) missing(name);
      return known ?? whole;
    });
    return text as T;
  }
  if (Array.isArray(value)) return value.map(item => filled(item, values, missing)) as T;
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item, values, missing)])) as T;
}

function headerOf({ headers }: HttpAnswer, name: string): string | undefined {
  return headers[name.toLowerCase()];
}

function valueAt({ text }: HttpAnswer, path: string): string | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined; // an answer that is no JSON has no value there, which is what the caller reports
  }
  const found = atPath(document, path);
  return ['string', 'number', 'boolean'].includes(typeof found) ? String(found) : undefined;
}
