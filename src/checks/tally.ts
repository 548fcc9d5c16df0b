/** Requests that are counted together, and how long their answers took, in memory that does not grow with their number. */
import { build, type Histogram } from 'hdr-histogram-js';
import type { ProbeWindow } from '../release/model.js';

/** An answer that took longer counts as that long; no probe waits for it. */
const LONGEST_MS = 120_000;

export class Tally {
  #requests = 0;
  #failed = 0;
  /** Of whole answers, in milliseconds: exact up to 255, and within one per cent beyond. Made for the first one. */
  #times: Histogram | undefined;
  /** Looked up once a second and more: known until something is added. */
  #p95Ms: number | undefined;

  /** Counts a request; `ms` is undefined when it got no answer. */
  add(failed: boolean, ms: number | undefined): void {
    this.#requests++;
    if (failed) this.#failed++;
    if (ms !== undefined) this.#timesToFill().recordValue(Math.min(LONGEST_MS, Math.max(0, Math.round(ms))));
  }

  join(other: Tally): void {
    this.#requests += other.#requests;
    this.#failed += other.#failed;
    if (other.#times) this.#timesToFill().add(other.#times);
  }

  /** The nearest rank: the smallest value that 95 of 100 do not exceed; undefined without an answer. */
  get p95Ms(): number | undefined {
    this.#p95Ms ??= this.#times?.getValueAtPercentile(95);
    return this.#p95Ms;
  }

  get window(): ProbeWindow {
    return { requests: this.#requests, failed: this.#failed, p95Ms: this.p95Ms };
  }

  #timesToFill(): Histogram {
    this.#p95Ms = undefined;
    this.#times ??= build({
      lowestDiscernibleValue: 1,
      highestTrackableValue: LONGEST_MS,
      numberOfSignificantValueDigits: 2,
    });
    return this.#times;
  }
}
