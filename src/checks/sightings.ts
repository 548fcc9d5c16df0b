/** What a probe has seen so far, counted as it comes. */
import { plain } from '../lib/inert.js';
import type { Clock } from '../platforms/port.js';
import type { ProbeEvidence } from '../release/model.js';
import { Timeline } from './timeline.js';

/** A service may name something new in each answer: so many names are told apart. */
const NAMES = 20;
/** How many failures are kept: the first ones, and the latest. */
const ERRORS = 5;

/** An answer, whole, whatever its status. */
export interface Sighting {
  readonly status: number;
  /** The version that it named, if any. */
  readonly version: string | undefined;
  /** Whether its connection was opened for it. */
  readonly fresh: boolean;
  readonly ms: number;
}

export class Sightings {
  readonly #versions: { readonly blue?: string; readonly green: string };
  readonly #clock: Clock;
  readonly #timeline = new Timeline();
  readonly #names = new Set<string>();
  readonly #kinds = new Set<string>();
  readonly #errors: string[] = [];
  #switchedAt: number | undefined;
  #firstGreenAt: number | undefined;
  /** Since when each kind of connection is answered by green alone; undefined while it is not. */
  readonly #greenSince = new Map<'fresh' | 'kept', number | undefined>();
  #lastBlueAt: number | undefined;
  #lastBlueKeptAt: number | undefined;
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
    this.#timeline.turn();
    if (this.#switchedAt === undefined) this.#switchedAt = at;
    else this.#frozen = true;
  }

  answered({ status, version, fresh, ms }: Sighting): void {
    const at = this.#clock.now();
    const error = status >= 500 ? `status ${status}` : undefined;
    if (error !== undefined) this.#keep(error);
    this.#timeline.add({ at, answer: bounded(this.#names, version), error: bounded(this.#kinds, error, false), ms });
    if (!this.#frozen && version !== undefined) this.#time(version, fresh, at);
  }

  /** No whole answer came. `kind` is what failures are counted by, such as `ECONNRESET`. */
  failed(kind: string, reason: string): void {
    this.#keep(reason);
    this.#timeline.add({ at: this.#clock.now(), answer: undefined, error: bounded(this.#kinds, kind), ms: 0 });
  }

  evidence(url: string): ProbeEvidence {
    const { requests, failed } = this.#timeline.window();
    const switched = this.#switchedAt !== undefined;
    return {
      url,
      requests,
      failed,
      switchedAt: this.#switchedAt,
      before: switched ? this.#timeline.window('before') : undefined,
      after: switched ? this.#timeline.window('after') : this.#timeline.window(),
      answers: this.#timeline.answers,
      firstGreenMs: this.#sinceSwitch(this.#firstGreenAt),
      lastBlueMs: this.#sinceSwitch(this.#lastBlueAt),
      lastBlueKeptMs: this.#sinceSwitch(this.#lastBlueKeptAt),
      fullGreenMs: this.#sinceSwitch(this.#fullGreenAt),
      errors: [...this.#errors],
      spans: this.#timeline.spans(this.#clock.now()),
    };
  }

  #time(version: string, fresh: boolean, at: number): void {
    const lane = fresh ? 'fresh' : 'kept';
    if (version === this.#versions.green) {
      this.#firstGreenAt ??= at;
      this.#greenSince.set(lane, this.#greenSince.get(lane) ?? at);
    } else if (version === this.#versions.blue) {
      this.#greenSince.set(lane, undefined);
      if (fresh) this.#lastBlueAt = at;
      else this.#lastBlueKeptAt = at;
    }
  }

  /** When the last kind of connection turned green; undefined while blue still answers on one. */
  get #fullGreenAt(): number | undefined {
    const since = [...this.#greenSince.values()];
    const green = since.filter(at => at !== undefined);
    return green.length === 0 || green.length < since.length ? undefined : Math.max(...green);
  }

  #keep(reason: string): void {
    // The first ones say how it began, the last one how it is now.
    if (this.#errors.length === ERRORS) this.#errors.pop();
    this.#errors.push(plain(reason, 200));
  }

  /** The platform may follow a write before its answer is here: what was seen before counts as at once. */
  #sinceSwitch(at: number | undefined): number | undefined {
    return at === undefined || this.#switchedAt === undefined ? undefined : Math.max(0, at - this.#switchedAt);
  }
}

/** The name under which something is counted: its own, as long as there are few; `other` when it has none. */
function bounded(known: Set<string>, name: string | undefined): string;
function bounded(known: Set<string>, name: string | undefined, always: false): string | undefined;
function bounded(known: Set<string>, name: string | undefined, always = true): string | undefined {
  if (name === undefined) return always ? 'other' : undefined;
  const shown = plain(name, 100);
  if (!known.has(shown) && known.size >= NAMES) return 'other';
  known.add(shown);
  return shown;
}
