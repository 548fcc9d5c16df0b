/** Waiting: for a moment, for a condition, and never without an end. */
import { failure } from '../failures.js';
import type { Clock } from '../platforms/port.js';
import { formatDuration } from './units.js';

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const timer = setTimeout(finish, ms);
      signal.addEventListener('abort', finish, { once: true });
      function finish(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', finish);
        if (signal.aborted) reject(signal.reason);
        else resolve();
      }
    }),
};

/** The reason of a signal whose time ran out. */
export class DeadlinePassed extends Error {
  readonly waitedMs: number;

  constructor(waitedMs: number) {
    super(`The deadline of ${formatDuration(waitedMs)} passed.`);
    this.name = 'DeadlinePassed';
    this.waitedMs = waitedMs;
  }
}

/** A signal that ends with its parent or after a time. Disposing it stops its timer. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** Whether the time ran out (and not the parent). */
  readonly passed: boolean;
}

/** Starts a deadline of `ms` milliseconds; its signal aborts with the parent's reason, or with `DeadlinePassed`. */
export function deadline(parent: AbortSignal, ms: number, clock: Clock = systemClock): Deadline {
  const end = new AbortController();
  const timer = new AbortController();
  const follow = () => {
    timer.abort();
    end.abort(parent.reason);
  };
  if (parent.aborted) follow();
  else {
    parent.addEventListener('abort', follow, { once: true });
    const pass = () => end.abort(new DeadlinePassed(ms));
    clock.sleep(ms, timer.signal).then(pass, () => undefined);
  }
  return {
    signal: end.signal,
    get passed() {
      return end.signal.reason instanceof DeadlinePassed && end.signal.reason !== parent.reason;
    },
    [Symbol.dispose]() {
      parent.removeEventListener('abort', follow);
      timer.abort();
    },
  };
}

export interface WithinOptions {
  readonly ms: number;
  readonly signal: AbortSignal;
  /** Follows `Gave up after 30 s while`, such as `waiting for shop-green to become ready`. */
  readonly what: string;
  readonly clock?: Clock;
}

/** Does `work` under a deadline. Throws the failure TIMEOUT when the time ran out, and else whatever `work` throws. */
export async function within<T>(options: WithinOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  using limit = deadline(options.signal, options.ms, options.clock);
  try {
    return await work(limit.signal);
  } catch (thrown) {
    if (!limit.passed) throw thrown;
    throw failure('TIMEOUT', { waited: formatDuration(options.ms), what: options.what }, { cause: thrown });
  }
}

export interface UntilOptions {
  readonly intervalMs: number;
  /** Ends the wait: give it a deadline. */
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/**
 * Looks at once and then after each interval until `look` answers something other than undefined.
 * Throws the signal's reason when it ends first, and whatever `look` throws.
 */
export async function until<T>(
  options: UntilOptions,
  look: (signal: AbortSignal) => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const clock = options.clock ?? systemClock;
  for (;;) {
    options.signal.throwIfAborted();
    const seen = await look(options.signal);
    if (seen !== undefined) return seen;
    await clock.sleep(options.intervalMs, options.signal);
  }
}
