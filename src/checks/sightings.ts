/** What a probe has seen so far, counted as it comes. */
import { plain } from '../lib/inert.js';
import type { Clock } from '../platforms/port.js';
import type { ProbeCount, ProbeEvidence } from '../release/model.js';
import { Missed } from './missed.js';
import { Recent } from './recent.js';
import { type Seen, Timeline } from './timeline.js';

/** One request is in flight on each at most: all of one open a connection, those of the other share one. */
export const LANES = ['fresh', 'kept'] as const;
export type Lane = (typeof LANES)[number];

/** A service may name something new in each answer: so many names are told apart. */
const NAMES = 20;
/** How many failures are kept: the first ones, and the latest. */
const ERRORS = 5;

/** An answer, whole, whatever its status. */
export interface Sighting {
  readonly status: number;
  /** The version that it named, if any. */
  readonly version: string | undefined;
  readonly lane: Lane;
  readonly ms: number;
  /** When further requests of its lane were due while it was waited for. */
  readonly due?: readonly number[];
}

/** A request that got no whole answer. */
export interface Loss {
  /** What failures are counted by, such as `ECONNRESET`. */
  readonly kind: string;
  readonly reason: string;
  readonly lane: Lane;
  /** When further requests of its lane were due while it was waited for. */
  readonly due?: readonly number[];
}

/** The kind of failure of a request that was due while its lane waited in vain. */
export const NEVER_SENT = 'never sent';

export class Sightings {
  readonly #versions: { readonly blue?: string; readonly green: string };
  readonly #clock: Clock;
  readonly #timeline = new Timeline();
  readonly #recent: Recent;
  readonly #missed = new Missed<Lane>(LANES.length);
  readonly #names = new Set<string>();
  readonly #kinds = new Set<string>();
  readonly #errors: string[] = [];
  #switchedAt: number | undefined;
  #firstGreenAt: number | undefined;
  /** Since when each kind of connection is answered by green alone; undefined while it is not. */
  readonly #greenSince = new Map<Lane, number | undefined>();
  #lastBlueAt: number | undefined;
  #lastBlueKeptAt: number | undefined;

  /** @param windowMs How far `recent` looks back. */
  constructor(versions: { readonly blue?: string; readonly green: string }, windowMs: number, clock: Clock) {
    this.#versions = versions;
    this.#recent = new Recent(windowMs);
    this.#clock = clock;
  }

  /** The switch's answer came at `at`. Of several, as of one that goes by batches, the first one counts. */
  mark(at: number): void {
    if (this.#switchedAt !== undefined) return;
    this.#switchedAt = at;
    this.#timeline.turn(at);
    this.#recent.clear();
  }

  answered({ status, version, lane, ms, due = [] }: Sighting): void {
    const at = this.#clock.now();
    const error = status >= 500 ? `status ${status}` : undefined;
    this.#count({ at, answer: bounded(this.#names, version), error: bounded(this.#kinds, error, false), ms });
    if (version !== undefined) this.#time(version, lane, at);
    if (error === undefined) {
      this.#missed.answered(lane);
    } else {
      this.#keep(error);
      this.#miss(lane, due);
    }
  }

  failed({ kind, reason, lane, due = [] }: Loss): void {
    this.#keep(reason);
    this.#count({ at: this.#clock.now(), answer: undefined, error: bounded(this.#kinds, kind), ms: 0 });
    this.#miss(lane, due);
  }

  /** The latest requests since the switch, or of all when none was seen. */
  recent(): ProbeCount {
    return this.#recent.count(this.#clock.now());
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

  #miss(lane: Lane, due: readonly number[]): void {
    for (const at of this.#missed.failed(lane, due))
      this.#count({ at, answer: undefined, error: bounded(this.#kinds, NEVER_SENT), ms: 0 });
  }

  #count(seen: Seen): void {
    this.#timeline.add(seen);
    if (this.#switchedAt === undefined || seen.at >= this.#switchedAt)
      this.#recent.add(seen.at, seen.error !== undefined);
  }

  #time(version: string, lane: Lane, at: number): void {
    if (version === this.#versions.green) {
      this.#firstGreenAt ??= at;
      this.#greenSince.set(lane, this.#greenSince.get(lane) ?? at);
    } else if (version === this.#versions.blue) {
      this.#greenSince.set(lane, undefined);
      if (lane === 'fresh') this.#lastBlueAt = at;
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
