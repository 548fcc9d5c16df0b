/**
 * An async iterable whose `return()` ends it at once, even while a `next()` is pending. A generator alone would finish
 * its wait first, and its watches would stay open for as long.
 */
export function stoppable<T>(
  signal: AbortSignal,
  start: (own: AbortSignal) => Promise<AsyncGenerator<T>>,
): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const stop = new AbortController();
      const own = AbortSignal.any([signal, stop.signal]);
      let begun: Promise<AsyncGenerator<T>> | undefined;
      const done = { done: true as const, value: undefined };
      return {
        async next() {
          try {
            begun ??= start(own);
            return await (await begun).next();
          } catch (error) {
            if (stop.signal.aborted) return done;
            throw error;
          }
        },
        async return() {
          stop.abort();
          await (await begun)?.return(undefined);
          return done;
        },
      };
    },
  };
}
