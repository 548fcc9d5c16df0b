/** What a probe saw, second by second, in bounded memory: a long watch is kept in longer spans. */
import type { ProbeSpan, ProbeWindow } from '../release/model.js';
import { Tally } from './tally.js';

/** So many spans are kept at most; at one more, neighbours become one. */
const SPANS = 300;
const FIRST_SPAN_MS = 1_000;
/** Of what comes before the switch, so much is kept. */
export const BEFORE_MS = 60_000;

/** On which side of the switch a span lies. */
type Side = 'before' | 'after';

interface Span {
  readonly at: number;
  readonly side: Side;
  readonly tally: Tally;
  readonly answers: Map<string, number>;
  readonly errors: Map<string, number>;
}

/** One request, ended, or one that was due and is known to have failed. */
export interface Seen {
  /** When it ended, or was due; not before what was seen earlier on the other side of the switch. */
  readonly at: number;
  /** The name of the version that answered; undefined without an answer. */
  readonly answer: string | undefined;
  /** What kind of failure it was; undefined when it was none. */
  readonly error: string | undefined;
  readonly ms: number;
}

export class Timeline {
  #spans: Span[] = [];
  #spanMs = FIRST_SPAN_MS;
  #turnedAt = Number.POSITIVE_INFINITY;
  readonly #after = new Tally();

  /** The switch: a span never lies on both sides of it. */
  turn(at: number): void {
    this.#turnedAt = at;
  }

  add({ at, answer, error, ms }: Seen): void {
    const span = this.#spanAt(at);
    const time = answer === undefined ? undefined : ms;
    span.tally.add(error !== undefined, time);
    if (span.side === 'after') this.#after.add(error !== undefined, time);
    if (error !== undefined) raise(span.errors, error, 1);
    if (answer !== undefined) raise(span.answers, answer, 1);
  }

  /** Each span lasts until the next one begins; the newest one until `now`. */
  spans(now: number): readonly ProbeSpan[] {
    return this.#spans.map(({ at, answers, errors, tally }, index) => ({
      at,
      ms: Math.max(1, (this.#spans[index + 1]?.at ?? Math.min(now, at + this.#spanMs)) - at),
      answers: Object.fromEntries(answers),
      errors: Object.fromEntries(errors),
      p95Ms: tally.p95Ms,
    }));
  }

  /** What lies on one side, or everything. */
  window(side?: Side): ProbeWindow {
    if (side === 'after') return this.#after.window;
    const sum = new Tally();
    for (const span of this.#spans) if (span.side === 'before') sum.join(span.tally);
    if (side === undefined) sum.join(this.#after);
    return sum.window;
  }

  /** Answers by name, of all spans. */
  get answers(): Readonly<Record<string, number>> {
    const sum = new Map<string, number>();
    for (const span of this.#spans) for (const [name, amount] of span.answers) raise(sum, name, amount);
    return Object.fromEntries(sum);
  }

  /** Mostly the newest one; what was due while an answer was waited for lies further back. */
  #spanAt(at: number): Span {
    const side = at < this.#turnedAt ? 'before' : 'after';
    const last = this.#spans.findLast(span => span.at <= at);
    if (last?.side === side && at < last.at + this.#spanMs) return last;
    if (side === 'before') this.#spans = this.#spans.filter(span => span.at >= at - BEFORE_MS);
    if (this.#spans.length >= SPANS) this.#shrink();
    const span: Span = { at, side, tally: new Tally(), answers: new Map(), errors: new Map() };
    this.#spans.splice(this.#spans.findLastIndex(earlier => earlier.at <= at) + 1, 0, span);
    return span;
  }

  #shrink(): void {
    this.#spanMs *= 2;
    const kept: Span[] = [];
    for (const span of this.#spans) {
      const last = kept.at(-1);
      if (last && last.side === span.side && span.at < last.at + this.#spanMs) join(last, span);
      else kept.push(span);
    }
    this.#spans = kept;
  }
}

function join(into: Span, { tally, answers, errors }: Span): void {
  into.tally.join(tally);
  for (const [name, amount] of answers) raise(into.answers, name, amount);
  for (const [kind, amount] of errors) raise(into.errors, kind, amount);
}

function raise(counts: Map<string, number>, name: string, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}
