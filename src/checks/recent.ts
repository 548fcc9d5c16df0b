/** The latest requests of a probe: what is judged is how it is now, and not how it was on average. */
import type { ProbeCount } from '../release/model.js';

/** A window is cut into so many slices, and moves on by one of them. */
const SLICES = 60;

export class Recent {
  readonly #sliceMs: number;
  readonly #slices = new Map<number, { requests: number; failed: number }>();

  /** @param windowMs How far it looks back. */
  constructor(windowMs: number) {
    this.#sliceMs = windowMs / SLICES;
  }

  /** Counts a request at its time, which may lie a while back. */
  add(at: number, isFailure: boolean): void {
    const index = this.#indexOf(at);
    let slice = this.#slices.get(index);
    if (!slice) {
      this.#forget(index);
      slice = { requests: 0, failed: 0 };
      this.#slices.set(index, slice);
    }
    slice.requests++;
    if (isFailure) slice.failed++;
  }

  /** What lies in the window that ends now. */
  count(now: number): ProbeCount {
    this.#forget(this.#indexOf(now));
    const slices = [...this.#slices.values()];
    return {
      requests: slices.reduce((sum, { requests }) => sum + requests, 0),
      failed: slices.reduce((sum, { failed }) => sum + failed, 0),
    };
  }

  clear(): void {
    this.#slices.clear();
  }

  #indexOf(at: number): number {
    return Math.floor(at / this.#sliceMs);
  }

  #forget(newest: number): void {
    for (const index of this.#slices.keys()) if (index <= newest - SLICES) this.#slices.delete(index);
  }
}
