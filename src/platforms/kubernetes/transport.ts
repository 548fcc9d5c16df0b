/** Why a request got no answer, read from what the HTTP library throws. */
import type { Trouble } from '../../lib/wire/exchange.js';

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

/** What errors look like, whichever realm or library made them. */
interface Thrown {
  readonly name?: string;
  readonly message?: string;
  readonly code?: unknown;
  readonly cause?: unknown;
  /** Node reports a failed connection to several addresses as an AggregateError. */
  readonly errors?: readonly unknown[];
}

/** Sorts an error of undici; the code that tells may be several causes deep. */
export function transportTrouble(thrown: unknown): Trouble {
  for (
    let error = thrown as Thrown | undefined;
    error;
    error = (error.cause ?? error.errors?.[0]) as Thrown | undefined
  ) {
    if (error.name === 'TimeoutError') return { kind: 'lost', reason: 'no answer within the time limit' };
    const code = String(error.code ?? '');
    if (UNSENT[code]) return { kind: 'unsent', reason: UNSENT[code] };
    if (LOST[code]) return { kind: 'lost', reason: LOST[code] };
    if (UNTRUSTED.test(code)) return { kind: 'untrusted', reason: `${error.message} (${code})` };
  }
  return { kind: 'lost', reason: messageOf(thrown) };
}

/** What something thrown says. */
export function messageOf(thrown: unknown): string {
  return (thrown as Thrown | undefined)?.message?.trim() || String(thrown);
}
