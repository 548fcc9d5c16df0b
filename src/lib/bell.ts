/** A signal between two parts of one process: something changed. */
import type { Clock } from '../platforms/port.js';

/** Wakes one waiter. A ring that comes while nobody waits is kept, so that no change is missed. */
export class Bell {
  private rung = false;
  private wake: (() => void) | undefined;

  readonly ring = (): void => {
    this.rung = true;
    this.wake?.();
  };

  /** Resolves at once if it rang since the last time, else at the next ring; rejects with the signal's reason. */
  async heard(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.rung) await this.nextRing(signal);
    this.rung = false;
  }

  /** The same, but no longer than `ms`: for something that has to be looked at again by then. Undefined: no limit. */
  async heardOrDue(clock: Clock, ms: number | undefined, signal: AbortSignal): Promise<void> {
    if (ms === undefined) return this.heard(signal);
    const stop = new AbortController();
    const over = AbortSignal.any([signal, stop.signal]);
    try {
      await Promise.race([this.heard(over), clock.sleep(ms, over)]);
    } finally {
      stop.abort();
    }
  }

  private async nextRing(signal: AbortSignal): Promise<void> {
    let abort = () => {};
    let wake = () => {};
    try {
      await new Promise<void>((resolve, reject) => {
        wake = resolve;
        this.wake = wake;
        abort = () => reject(signal.reason);
        signal.addEventListener('abort', abort, { once: true });
      });
    } finally {
      if (this.wake === wake) this.wake = undefined;
      signal.removeEventListener('abort', abort);
    }
  }
}
