/**
 * Runs work that may make several requests at once. When it ends, with one failed, the others are stopped: nothing goes
 * on behind a failure that was reported.
 */
export async function together<T>(signal: AbortSignal, work: (own: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  try {
    return await work(AbortSignal.any([signal, stop.signal]));
  } finally {
    stop.abort();
  }
}
