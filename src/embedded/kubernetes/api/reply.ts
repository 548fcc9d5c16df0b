import { dump } from 'js-yaml';
import type { ApiError, Status } from '../status.js';

/** An answer of the API. */
export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export const noCache = { 'cache-control': 'no-cache, private' };

export function jsonReply(status: number, body: unknown, yaml = false): Reply {
  return {
    status,
    body: yaml ? dump(body, { noRefs: true }) : `${JSON.stringify(body)}\n`,
    headers: { ...noCache, 'content-type': yaml ? 'application/yaml' : 'application/json' },
  };
}

export function textReply(status: number, body: string, type = 'text/plain; charset=utf-8'): Reply {
  return { status, body, headers: { ...noCache, 'content-type': type, 'x-content-type-options': 'nosniff' } };
}

export function errorReply({ status }: ApiError): Reply {
  return jsonReply(status.code ?? 500, status satisfies Status);
}
