/** Requests that are under way when their step is stopped. */

/** How long a write may still take then: to know what it did is worth more than to stop at once. */
const WRITE_GRACE_MS = 2_000;

/** Sends with a signal that follows `signal` after a grace, and ends after `timeoutMs` whatever happens. */
export async function withWriteGrace<T>(
  signal: AbortSignal,
  timeoutMs: number,
  send: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const follow = () => {
    timer = setTimeout(() => late.abort(signal.reason), WRITE_GRACE_MS);
  };
  signal.addEventListener('abort', follow, { once: true });
  try {
    return await send(AbortSignal.any([late.signal, AbortSignal.timeout(timeoutMs)]));
  } finally {
    signal.removeEventListener('abort', follow);
    clearTimeout(timer);
  }
}
