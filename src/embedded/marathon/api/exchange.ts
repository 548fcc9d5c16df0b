import type { Reply } from '../../serving/reply.js';
import { noJson, notJson } from '../errors.js';
import type { Marathon } from '../marathon.js';

/** One request, as the routes of Marathon's API get it. */
export interface MarathonRequest {
  readonly marathon: Marathon;
  readonly method: string;
  /** Without the query, percent-decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly accept: string;
  readonly text: string;
  /** Whether the user may see and change what lies at a path (an app's or a group's id). */
  readonly may: (path: string) => boolean;
}

export type { Reply };

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } };
}

export function text(status: number, body: string, type = 'text/plain'): Reply {
  return { status, body, headers: body === '' ? {} : { 'content-type': type } };
}

export function html(status: number, title: string, headers: Readonly<Record<string, string>> = {}): Reply {
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>openresty</center>\r\n</body>\r\n</html>\r\n`;
  return { status, body, headers: { 'content-type': 'text/html', ...headers } };
}

/** Whether a parameter of the query is set: `?force`, `?force=true`; otherwise its default. */
export function flag(query: URLSearchParams, name: string, otherwise = false): boolean {
  const value = query.get(name);
  return value === null ? otherwise : value === '' || value === 'true';
}

/** @throws MarathonError 400 for an empty body, and for what is no JSON */
export function bodyOf({ text: given }: MarathonRequest): unknown {
  if (given.trim() === '') throw noJson();
  try {
    return JSON.parse(given);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const source = `at [Source: (String)"${given.slice(0, 80)}"; line: 1, column: 1]`;
    throw notJson(message.includes('end of JSON') ? `Unexpected end-of-input ${source}` : `${message} ${source}`);
  }
}
