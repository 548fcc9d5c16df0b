/** Waiting: for a moment, and never without an end. */
import { setMaxListeners } from 'node:events';
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

/** The signals of all of these as one that many may listen to, which Node takes for a leak otherwise, and says so in the log. */
export function sharedSignal(...parents: readonly AbortSignal[]): AbortSignal {
  const shared = AbortSignal.any([...parents]);
  setMaxListeners(0, shared);
  return shared;
}

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
  setMaxListeners(0, end.signal);
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
