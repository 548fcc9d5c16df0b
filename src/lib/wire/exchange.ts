/** One request and its answer: told in the debug log, and no answer told as a failure that says what may have happened. */
import { Failure } from '../../failures.js';
import type { Clock } from '../../platforms/port.js';
import { withWriteGrace } from '../in-flight.js';

/** Why a request got no answer. */
export interface Trouble {
  /** `unsent`: the server certainly did not see the request. `untrusted`: TLS. `lost`: it may have. */
  readonly kind: 'unsent' | 'untrusted' | 'lost';
  /** Half a sentence, such as `connection refused`. */
  readonly reason: string;
}

/** How every platform's catalogue calls a request without an answer. */
export type NoAnswerCode = 'TLS' | 'UNREACHABLE' | 'ANSWER_LOST';

export interface Exchange<A> {
  /** For the debug log, such as `GET /v2/apps`. */
  readonly name: string;
  /** A write gets a moment more than its signal: what it did is worth knowing. */
  readonly isRead: boolean;
  readonly timeoutMs: number;
  readonly send: (signal: AbortSignal) => Promise<A>;
  /** Sorts what the library throws that `send` sends by. */
  readonly troubleOf: (thrown: unknown) => Trouble;
  /** The failure of the platform's catalogue. */
  readonly failure: (code: NoAnswerCode, reason: string, cause: unknown) => Failure;
}

/** Throws what `failure` makes, failures of `send` itself as they are, and the signal's reason. */
export async function exchange<A extends { readonly status: number }>(
  { clock, debug }: { readonly clock: Clock; readonly debug: (text: string) => void },
  { name, isRead, timeoutMs, send, troubleOf, failure }: Exchange<A>,
  signal: AbortSignal,
): Promise<A> {
  signal.throwIfAborted();
  const begun = clock.now();
  try {
    const answer = await (isRead ? send(signal) : withWriteGrace(signal, timeoutMs, send));
    debug(`${name} -> ${answer.status}, ${clock.now() - begun} ms`);
    return answer;
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof Failure) throw cause;
    const trouble = troubleOf(cause);
    debug(`${name} -> ${trouble.reason}`);
    throw failure(codeOf(trouble, isRead), trouble.reason, cause);
  }
}

/** A read has no effect that could be uncertain. */
function codeOf({ kind }: Trouble, isRead: boolean): NoAnswerCode {
  if (kind === 'untrusted') return 'TLS';
  return isRead || kind === 'unsent' ? 'UNREACHABLE' : 'ANSWER_LOST';
}

/** Sends once more where the credentials turn out to have ended in between and others can be had. */
export async function withRenewal<A>(
  send: () => Promise<A>,
  { isRefused, renew }: { readonly isRefused: (answer: A) => boolean; readonly renew: () => boolean },
): Promise<A> {
  const answer = await send();
  return isRefused(answer) && renew() ? send() : answer;
}
