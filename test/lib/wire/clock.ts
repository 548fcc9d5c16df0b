/** A clock that notes how long it was asked to wait, and waits for nothing. */
import type { Clock } from '../../../src/platforms/port.js';

export interface NotingClock extends Clock {
  readonly waits: number[];
  /** Lets so many milliseconds pass. */
  pass(ms: number): void;
}

export function notingClock(): NotingClock {
  const waits: number[] = [];
  let now = 0;
  return {
    waits,
    pass: ms => {
      now += ms;
    },
    now: () => now,
    sleep: async (ms, signal) => {
      signal.throwIfAborted();
      waits.push(ms);
      now += ms;
    },
  };
}

export const never = new AbortController().signal;
