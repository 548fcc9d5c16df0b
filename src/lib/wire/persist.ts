/** Asking a server again for what may pass by itself, and only for what it certainly did not carry out. */
import { hasCode } from '../../failures.js';
import { type Pace, pause } from './pace.js';

const ATTEMPTS = 5;

export interface Persistence<A> {
  readonly pace: Pace;
  /** Whether what was thrown in place of an answer may not be thrown after a pause. */
  readonly mayRepeat: (thrown: unknown) => boolean;
  /** How many milliseconds to wait at least for another answer than this one; undefined: it is for good. */
  readonly passesAfter?: (answer: A) => number | undefined;
}

/** Sends until it is answered for good, or the attempts are used up: then the last answer counts, whatever it is. */
export async function persist<A>(
  { pace, mayRepeat, passesAfter = () => undefined }: Persistence<A>,
  send: (attempt: number) => Promise<A>,
  signal: AbortSignal,
): Promise<A> {
  for (let attempt = 1; ; attempt++) {
    const isLast = attempt >= ATTEMPTS;
    let leastMs: number | undefined;
    try {
      const answer = await send(attempt);
      leastMs = passesAfter(answer);
      if (isLast || leastMs === undefined) return answer;
    } catch (thrown) {
      if (isLast || !mayRepeat(thrown)) throw thrown;
    }
    await pause(pace, attempt, signal, leastMs);
  }
}

/** What a request would do when it is carried out twice. */
export interface Repeatable {
  readonly isRead: boolean;
  /** Of a write: the same once or twice. */
  readonly again?: boolean | undefined;
}

/**
 * Whether the status says that the request may be sent again. 429 turned it away at the door; after a 5xx nobody knows
 * what was carried out, so only what may be made twice is.
 */
export function isPassing(status: number, { isRead, again = false }: Repeatable): boolean {
  return status === 429 || (status >= 500 && (isRead || again));
}

/** Whether a request without an answer may be sent again: UNREACHABLE never came to the server, or was a read. */
export function mayRepeat(
  thrown: unknown,
  { again = false }: Repeatable,
  isUncertain: (thrown: unknown) => boolean,
): boolean {
  return hasCode(thrown, 'UNREACHABLE') || (again && isUncertain(thrown));
}

/** Milliseconds that the server asks to wait, which it says in seconds, and no more than `longestMs`; 0: it does not say. */
export function retryAfter(headers: Readonly<Record<string, string>>, longestMs: number): number {
  const seconds = Number(headers['retry-after']);
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds * 1_000, longestMs) : 0;
}
