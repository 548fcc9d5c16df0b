import type { MarathonContext } from './context.js';
import type { App } from './definition.js';

/** The launches of one app that are waiting for an offer, and the back-off that holds them. */
export class LaunchQueue {
  /** How many instances are waiting. */
  count = 0;
  /** Since when the queue has had something waiting; milliseconds since the epoch. */
  since = 0;
  /** How many offers were declined, by reason. */
  readonly declined = new Map<string, number>();
  #delayMs = 0;
  #delayedUntil = 0;
  readonly #context: MarathonContext;

  constructor(context: MarathonContext) {
    this.#context = context;
  }

  /** Milliseconds until the back-off is over; 0 when there is none. */
  get delayLeftMs(): number {
    return Math.max(0, this.#delayedUntil - this.#context.now());
  }

  add(count: number): void {
    if (this.count === 0) this.since = this.#context.now();
    this.count += count;
  }

  remove(count: number): void {
    this.count = Math.max(0, this.count - count);
    if (this.count === 0) this.declined.clear();
  }

  decline(reason: string): void {
    this.declined.set(reason, (this.declined.get(reason) ?? 0) + 1);
  }

  /** A task has failed: the next launch waits, and each further failure makes the wait longer. */
  backOff({ backoffFactor, backoffSeconds, maxLaunchDelaySeconds }: App): void {
    const { now, timing } = this.#context;
    const next = this.#delayMs === 0 ? backoffSeconds * timing.second : this.#delayMs * backoffFactor;
    this.#delayMs = Math.min(next, maxLaunchDelaySeconds * timing.second);
    this.#delayedUntil = now() + this.#delayMs;
  }

  /** A task runs, or somebody has reset the delay. */
  resetDelay(): void {
    this.#delayMs = 0;
    this.#delayedUntil = 0;
  }
}
