/** What a probe has seen so far, counted as it comes. */
import { plain } from '../lib/inert.js';
import type { Clock } from '../platforms/port.js';
import type { ProbeEvidence } from '../release/model.js';

/** A service may name something new in each answer: so many names are told apart. */
const NAMES = 20;
/** How many failures are kept: the first ones, and the latest. */
const ERRORS = 5;

export class Sightings {
  readonly #versions: { readonly blue?: string; readonly green: string };
  readonly #clock: Clock;
  readonly #answers = new Map<string, number>();
  readonly #errors: string[] = [];
  #requests = 0;
  #failed = 0;
  #switchedAt: number | undefined;
  #firstGreenAt: number | undefined;
  #lastBlueAt: number | undefined;
  /** The times stand: the routing went back. */
  #frozen = false;

  constructor(versions: { readonly blue?: string; readonly green: string }, clock: Clock) {
    this.#versions = versions;
    this.#clock = clock;
  }

  /**
   * The switch's answer came at `at`. A second mark says that the routing went back: what blue answers from then on
   * says nothing about the switch.
   */
  mark(at: number): void {
    if (this.#switchedAt === undefined) this.#switchedAt = at;
    else this.#frozen = true;
  }

  answered(status: number, version: string | undefined, fresh: boolean): void {
    this.#requests++;
    if (status >= 500) this.#fail(`status ${status}`);
    this.#count(version);
    if (this.#frozen || version === undefined) return;
    const now = this.#clock.now();
    if (version === this.#versions.green) this.#firstGreenAt ??= now;
    else if (version === this.#versions.blue && fresh) this.#lastBlueAt = now;
  }

  failed(reason: string): void {
    this.#requests++;
    this.#fail(reason);
  }

  evidence(url: string): ProbeEvidence {
    return {
      url,
      requests: this.#requests,
      failed: this.#failed,
      answers: Object.fromEntries(this.#answers),
      firstGreenMs: this.#sinceSwitch(this.#firstGreenAt),
      lastBlueMs: this.#sinceSwitch(this.#lastBlueAt),
      errors: [...this.#errors],
    };
  }

  #fail(reason: string): void {
    this.#failed++;
    // The first ones say how it began, the last one how it is now.
    if (this.#errors.length === ERRORS) this.#errors.pop();
    this.#errors.push(plain(reason, 200));
  }

  #count(version: string | undefined): void {
    const named = version === undefined ? 'other' : plain(version, 100);
    const name = this.#answers.has(named) || this.#answers.size < NAMES ? named : 'other';
    this.#answers.set(name, (this.#answers.get(name) ?? 0) + 1);
  }

  /** The platform may follow a write before its answer is here: what was seen before counts as at once. */
  #sinceSwitch(at: number | undefined): number | undefined {
    return at === undefined || this.#switchedAt === undefined ? undefined : Math.max(0, at - this.#switchedAt);
  }
}
