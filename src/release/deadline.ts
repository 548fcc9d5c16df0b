/** Deadlines: every wait has one and says what it waited for (P13). Time comes in through the clock. */
import { Failure, failure } from '../failures.js';
import { formatDuration } from '../lib/units.js';
import type { Clock } from '../platforms/port.js';
import type { StandStill } from './ask.js';

/** After an abort the work may end by itself for this long: a write in flight gets its answer, a wait says its last words. */
const GRACE_MS = 2_500;

/**
 * A signal that aborts with TIMEOUT after `ms`, saying what `doing()` answers then, or when `outer` aborts. The time of
 * what is done in `standStill` does not count.
 */
export function deadline(clock: Clock, ms: number, outer: AbortSignal, doing: () => string) {
  const ended = new AbortController();
  const expired = new AbortController();
  let left = ms;
  const run = (): (() => void) => {
    const since = clock.now();
    const halted = new AbortController();
    clock.sleep(left, AbortSignal.any([ended.signal, halted.signal])).then(
      () => expired.abort(failure('TIMEOUT', { waited: formatDuration(ms), what: doing() })),
      () => undefined,
    );
    return () => {
      left -= clock.now() - since;
      halted.abort();
    };
  };
  let halt = run();
  const standStill: StandStill = async work => {
    halt();
    try {
      return await work();
    } finally {
      if (!ended.signal.aborted) halt = run();
    }
  };
  return {
    signal: AbortSignal.any([outer, expired.signal]),
    end: () => ended.abort(),
    ended: ended.signal,
    standStill,
  };
}

/**
 * Does `work` until a deadline. Whatever `work` makes of its signal, this returns: a callee that ignores it cannot hold
 * the release up.
 * @throws the reason of `outer` once that aborted; after `ms` a failure of `work` that says more, or TIMEOUT.
 */
export async function within<T>(
  clock: Clock,
  ms: number,
  outer: AbortSignal,
  doing: () => string,
  work: (signal: AbortSignal) => Promise<T>,
  grace = GRACE_MS,
): Promise<T> {
  outer.throwIfAborted();
  const { signal, end, ended } = deadline(clock, ms, outer, doing);
  try {
    return await Promise.race([work(signal), overdue(clock, signal, ended, grace)]);
  } catch (thrown) {
    if (outer.aborted) throw outer.reason;
    throw signal.aborted && !(thrown instanceof Failure) ? signal.reason : thrown;
  } finally {
    end();
  }
}

/** Rejects a grace after the signal aborted, unless the work ended before. */
function overdue(clock: Clock, signal: AbortSignal, ended: AbortSignal, grace: number): Promise<never> {
  return new Promise((_, reject) => {
    const giveUp = () =>
      clock.sleep(grace, ended).then(
        () => reject(signal.reason),
        () => undefined,
      );
    signal.addEventListener('abort', giveUp, { once: true });
  });
}

/**
 * After a cancel the host grants about ten seconds until it kills. What has to be done even then (restoring, freeing the
 * record, the last look) shares this much of it; with the ways out of node it stays below seven seconds.
 */
const AFTER_CANCEL_MS = 5_000;

/** A signal for what has to be done even after a cancel: it aborts when there is no time left to be cancelled in. */
export function lastMoment(clock: Clock, cancel: AbortSignal): AbortSignal {
  const last = new AbortController();
  const over = () => {
    const waited = formatDuration(AFTER_CANCEL_MS);
    last.abort(
      failure('TIMEOUT', { waited, what: 'leaving a clean state after the signal: the platform did not answer' }),
    );
  };
  const begin = () => clock.sleep(AFTER_CANCEL_MS, new AbortController().signal).then(over);
  if (cancel.aborted) begin();
  else cancel.addEventListener('abort', begin, { once: true });
  return last.signal;
}

/** Resolves once the signal has aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
}
