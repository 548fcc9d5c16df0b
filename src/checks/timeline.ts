/** What a probe saw, second by second, in bounded memory: a long watch is kept in longer spans. */
import type { ProbeSpan, ProbeWindow } from '../release/model.js';

/** So many spans are kept at most; at one more, neighbours become one. */
const SPANS = 300;
const FIRST_SPAN_MS = 1_000;
/** Of what comes before the switch, so much is kept. */
export const BEFORE_MS = 60_000;

/** On which side of the switch a span lies; `over`: the routing went back. */
type Side = 'before' | 'after' | 'over';

interface Span {
  at: number;
  readonly side: Side;
  requests: number;
  failed: number;
  readonly answers: Map<string, number>;
  readonly errors: Map<string, number>;
  /** Milliseconds that each answer took. */
  latencies: number[];
}

/** One request, ended. */
export interface Seen {
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
  #side: Side = 'before';

  /** The next side begins: a span never lies on both sides of a switch. */
  turn(): void {
    this.#side = this.#side === 'before' ? 'after' : 'over';
  }

  add({ at, answer, error, ms }: Seen): void {
    const span = this.#spanAt(at);
    span.requests++;
    if (error !== undefined) {
      span.failed++;
      raise(span.errors, error, 1);
    }
    if (answer === undefined) return;
    raise(span.answers, answer, 1);
    span.latencies.push(ms);
  }

  /** Each span lasts until the next one begins; the newest one until `now`. */
  spans(now: number): readonly ProbeSpan[] {
    return this.#spans.map(({ at, answers, errors, latencies }, index) => ({
      at,
      ms: Math.max(1, (this.#spans[index + 1]?.at ?? Math.min(now, at + this.#spanMs)) - at),
      answers: Object.fromEntries(answers),
      errors: Object.fromEntries(errors),
      p95Ms: p95(latencies),
    }));
  }

  /** What lies on one side, or everything. */
  window(side?: Side): ProbeWindow {
    const spans = side === undefined ? this.#spans : this.#spans.filter(span => span.side === side);
    return {
      requests: spans.reduce((sum, span) => sum + span.requests, 0),
      failed: spans.reduce((sum, span) => sum + span.failed, 0),
      p95Ms: p95(spans.flatMap(span => span.latencies)),
    };
  }

  /** Answers by name, of all spans. */
  get answers(): Readonly<Record<string, number>> {
    const sum = new Map<string, number>();
    for (const span of this.#spans) for (const [name, amount] of span.answers) raise(sum, name, amount);
    return Object.fromEntries(sum);
  }

  #spanAt(at: number): Span {
    const last = this.#spans.at(-1);
    if (last?.side === this.#side && at < last.at + this.#spanMs) return last;
    if (this.#side === 'before') this.#spans = this.#spans.filter(span => span.at >= at - BEFORE_MS);
    if (this.#spans.length >= SPANS) this.#shrink();
    const span: Span = {
      at,
      side: this.#side,
      requests: 0,
      failed: 0,
      answers: new Map(),
      errors: new Map(),
      latencies: [],
    };
    this.#spans.push(span);
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

function join(into: Span, { requests, failed, answers, errors, latencies }: Span): void {
  into.requests += requests;
  into.failed += failed;
  for (const [name, amount] of answers) raise(into.answers, name, amount);
  for (const [kind, amount] of errors) raise(into.errors, kind, amount);
  into.latencies = into.latencies.concat(latencies);
}

function raise(counts: Map<string, number>, name: string, by: number): void {
  counts.set(name, (counts.get(name) ?? 0) + by);
}

/** The nearest rank: the smallest value that 95 of 100 do not exceed. */
function p95(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.ceil(sorted.length * 0.95) - 1];
}
