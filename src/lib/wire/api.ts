/** Requests to an API by `lib/http`. Heavy to load (axios): import it from lazily loaded modules. */
import { type HttpRequest, RequestFailed } from '../http.js';
import type { Trouble } from './exchange.js';

/** Lists of a big cluster are long; nothing honest is longer than this. */
const MAX_BYTES = 64 * 1024 * 1024;

export interface ApiRequest {
  readonly method: string;
  readonly url: string;
  /** Over the usual ones. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The header's value; undefined: none is sent. */
  readonly authorization?: string | undefined;
  /** An object is sent as JSON. */
  readonly body?: object | string | Buffer | undefined;
  readonly timeoutMs: number;
}

/** A request that asks for JSON, and whose body is JSON unless its headers say otherwise. */
export function apiRequest(wanted: ApiRequest): Omit<HttpRequest, 'signal'> {
  const { method, url, headers, authorization, body, timeoutMs } = wanted;
  return {
    method,
    url,
    headers: {
      Accept: 'application/json',
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(authorization === undefined ? {} : { Authorization: authorization }),
      ...headers,
    },
    body: typeof body === 'object' && !(body instanceof Buffer) ? JSON.stringify(body) : body,
    timeoutMs,
    maxBytes: MAX_BYTES,
  };
}

/** Sorts what `lib/http` throws. */
export function troubleOf(thrown: unknown): Trouble {
  const reason = (thrown instanceof Error ? thrown.message : String(thrown)).replace(/\.$/, '');
  const failed = thrown instanceof RequestFailed ? thrown.kind : 'other';
  if (failed === 'tls') return { kind: 'untrusted', reason };
  return { kind: failed === 'refused' || failed === 'dns' ? 'unsent' : 'lost', reason };
}
