/** Why a request got no answer, read from what the HTTP library throws. */

export interface TransportTrouble {
  /** `unsent`: the server certainly did not see the request. `untrusted`: TLS. `lost`: it may have. */
  readonly kind: 'unsent' | 'untrusted' | 'lost';
  /** Half a sentence, such as `connection refused`. */
  readonly reason: string;
}

const UNSENT: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'its name cannot be resolved',
  EAI_AGAIN: 'its name cannot be resolved now',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to its network',
  UND_ERR_CONNECT_TIMEOUT: 'no connection within the time limit',
};

const LOST: Readonly<Record<string, string>> = {
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_HEADERS_TIMEOUT: 'no answer within the time limit',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped coming',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'the answer ended too early',
};

const UNTRUSTED = /CERT|SELF_SIGNED|UNABLE_TO|^ERR_TLS|^ERR_SSL|EPROTO/;

/** Sorts an error of undici; its own code may be several causes deep. */
export function transportTrouble(thrown: unknown): TransportTrouble {
  for (let error = thrown; error instanceof Error; error = firstCause(error)) {
    if (error.name === 'TimeoutError') return { kind: 'lost', reason: 'no answer within the time limit' };
    const code = String((error as { code?: unknown }).code ?? '');
    if (UNSENT[code]) return { kind: 'unsent', reason: UNSENT[code] };
    if (LOST[code]) return { kind: 'lost', reason: LOST[code] };
    if (UNTRUSTED.test(code)) return { kind: 'untrusted', reason: `${error.message} (${code})` };
  }
  return { kind: 'lost', reason: thrown instanceof Error ? thrown.message : String(thrown) };
}

/** Node reports a failed connection to several addresses as an AggregateError. */
function firstCause(error: Error): unknown {
  return error.cause ?? (error instanceof AggregateError ? error.errors[0] : undefined);
}
