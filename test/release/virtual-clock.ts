import type { Clock } from '../../src/platforms/port.js';

/** Time that passes only when everybody waits: a day of bake takes a moment. */
export class VirtualClock implements Clock {
  #now = 1_800_000_000_000;
  #timers: { readonly at: number; readonly wake: () => void }[] = [];
  #pumping = false;

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason);
      const timer = { at: this.#now + ms, wake };
      const stop = () => {
        this.#timers = this.#timers.filter(other => other !== timer);
        reject(signal.reason);
      };
      function wake(): void {
        signal.removeEventListener('abort', stop);
        resolve();
      }
      this.#timers.push(timer);
      signal.addEventListener('abort', stop, { once: true });
      this.#pump();
    });
  }

  /** Wakes the earliest sleeper whenever the event loop has nothing else to do. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    const turn = () => {
      const next = this.#timers.sort((a, b) => a.at - b.at).shift();
      if (!next) {
        this.#pumping = false;
        return;
      }
      this.#now = Math.max(this.#now, next.at);
      next.wake();
      setImmediate(turn);
    };
    setImmediate(turn);
  }
}
