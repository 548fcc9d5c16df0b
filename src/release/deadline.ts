/** Deadlines: every wait has one and says what it waited for (P13). Time comes in through the clock. */
import { Failure, failure } from '../failures.js';
import { formatDuration } from '../lib/units.js';
import type { Clock } from '../platforms/port.js';

/** After an abort the work may end by itself for this long: a write in flight gets its answer, a wait says its last words. */
const GRACE_MS = 2_500;

/** A signal that aborts with TIMEOUT after `ms`, saying what `doing()` answers then, or when `outer` aborts. */
export function deadline(clock: Clock, ms: number, outer: AbortSignal, doing: () => string) {
  const ended = new AbortController();
  const expired = new AbortController();
  clock.sleep(ms, ended.signal).then(
    () => expired.abort(failure('TIMEOUT', { waited: formatDuration(ms), what: doing() })),
    () => undefined,
  );
  return { signal: AbortSignal.any([outer, expired.signal]), end: () => ended.abort(), ended: ended.signal };
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
): Promise<T> {
  outer.throwIfAborted();
  const { signal, end, ended } = deadline(clock, ms, outer, doing);
  try {
    return await Promise.race([work(signal), overdue(clock, signal, ended)]);
  } catch (thrown) {
    if (outer.aborted) throw outer.reason;
    throw signal.aborted && !(thrown instanceof Failure) ? signal.reason : thrown;
  } finally {
    end();
  }
}

/** Rejects a grace after the signal aborted, unless the work ended before. */
function overdue(clock: Clock, signal: AbortSignal, ended: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const giveUp = () =>
      clock.sleep(GRACE_MS, ended).then(
        () => reject(signal.reason),
        () => undefined,
      );
    signal.addEventListener('abort', giveUp, { once: true });
  });
}

/** A signal that never aborts: for what has to be done even after a cancel, within a deadline of its own. */
export function uncancelled(): AbortSignal {
  return new AbortController().signal;
}
