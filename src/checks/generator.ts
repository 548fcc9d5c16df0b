/**
 * Sends a load and measures it. Made of node:http and not of a load generator from the registry, because none of them can
 * count the requests that users would lose, which is what a release is asked about:
 * - autocannon 9.0.0 leaves TLS unverified: it sets `rejectUnauthorized: false` after the caller's own options. A server with a
 *   self-signed certificate got all requests, a bearer token among them, and 1,407 answers counted as good. This alone
 *   rules it out. At a rate its p50 is not that of the service: of one that takes 100 ms each time it says 52 ms, for it
 *   corrects by whole milliseconds (without the correction 101 ms, and nothing that queued is counted). And it sends a
 *   request again by itself when the server closes the connection under it: of twelve that were lost it counted none,
 *   with a p50 of 374 ms, where this one counts twelve and 9 ms;
 * - loadtest 8 leaves out what is unanswered at its end, counts whole milliseconds from the moment of sending (so a
 *   service that stands still looks quick at a fixed rate), and takes no private authority and no signal;
 * - artillery 2 is an application of nearly a thousand packages with a command line, and k6 is no package at all.
 * Percentiles are hdr-histogram-js's.
 */
import type { Histogram } from 'hdr-histogram-js';
import type { LoadCheckConfig } from '../config/schema.js';
import type { HttpRequest } from '../lib/http.js';
import { systemClock } from '../lib/poll.js';
import { agentFor, ask } from './ask.js';
import { authorization } from './credentials.js';

export interface Measured {
  readonly requests: number;
  readonly failed: number;
  /** Failed requests by kind, such as `status 503` or `ECONNRESET`. */
  readonly errors: ReadonlyMap<string, number>;
  /** Milliseconds; of whole answers that were not errors. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Good answers a second. */
  readonly throughput: number;
}

const LONGEST_US = 120_000_000;

/**
 * Loads `base` for as long as the check says, on so many kept-alive connections. Without a rate each connection sends
 * its next request when it has its answer (closed loop). With one, requests are due at fixed times whether or not the
 * service keeps up (open loop): the time of each counts from when it was due, and one that no connection was free for,
 * not even for the time that a request may take, has failed.
 */
export async function generate(
  load: LoadCheckConfig,
  base: string,
  tls: HttpRequest['tls'],
  signal: AbortSignal,
): Promise<Measured> {
  const tally = await Tally.begin();
  const pace = paceOf(load);
  const url = new URL(base + load.path);
  const agent = agentFor(url, true, load.connections, tls);
  const { method, body, timeout: timeoutMs } = load;
  const asking = { agent, method, body, timeoutMs, headers: { ...authorization(load.credentials), ...load.headers } };
  const connection = async () => {
    for (let due = pace.next(); due !== undefined && !signal.aborted; due = pace.next()) {
      const wait = due - performance.now();
      if (wait > 0) await systemClock.sleep(wait, signal);
      const problem = await problemOf(ask(url, { ...asking, signal }));
      signal.throwIfAborted();
      if (problem === undefined) tally.good(performance.now() - due);
      else tally.bad(problem);
    }
  };
  try {
    await Promise.all(Array.from({ length: load.connections }, connection));
  } finally {
    agent.destroy();
  }
  signal.throwIfAborted();
  tally.bad('never sent', pace.overdue());
  return tally.measured();
}

/** When requests are due, in milliseconds of `performance.now()`. */
interface Pace {
  /** Takes the next one; undefined when the time is over. */
  next(): number | undefined;
  /** How many were due and never taken. */
  overdue(): number;
}

function paceOf({ rate, for: lasts, timeout }: LoadCheckConfig): Pace {
  const started = performance.now();
  if (rate === undefined) {
    const next = () => (performance.now() - started < lasts ? performance.now() : undefined);
    return { next, overdue: () => 0 };
  }
  const total = Math.ceil((lasts * rate) / 1_000);
  let taken = 0;
  return {
    next() {
      if (taken === total || performance.now() - started >= lasts + timeout) return undefined;
      return started + (taken++ * 1_000) / rate;
    },
    overdue: () => total - taken,
  };
}

/** What came of the requests so far. */
class Tally {
  readonly #started = performance.now();
  readonly #errors = new Map<string, number>();
  readonly #times: Histogram;
  #good = 0;
  #failed = 0;

  private constructor(times: Histogram) {
    this.#times = times;
  }

  static async begin(): Promise<Tally> {
    const { build } = await import('hdr-histogram-js');
    const range = { lowestDiscernibleValue: 1, highestTrackableValue: LONGEST_US };
    return new Tally(build({ ...range, numberOfSignificantValueDigits: 3 }));
  }

  /** A good answer, so many milliseconds after its request was due. */
  good(ms: number): void {
    this.#good++;
    this.#times.recordValue(Math.min(LONGEST_US, Math.max(1, Math.round(ms * 1_000))));
  }

  bad(kind: string, amount = 1): void {
    if (amount === 0) return;
    this.#failed += amount;
    this.#errors.set(kind, (this.#errors.get(kind) ?? 0) + amount);
  }

  measured(): Measured {
    const percentile = (share: number) => this.#times.getValueAtPercentile(share) / 1_000;
    return {
      requests: this.#good + this.#failed,
      failed: this.#failed,
      errors: this.#errors,
      p50: percentile(50),
      p95: percentile(95),
      p99: percentile(99),
      throughput: this.#good / ((performance.now() - this.#started) / 1_000),
    };
  }
}

/** A status of 400 and above is no answer to a load; undefined: all is well. */
async function problemOf(asked: ReturnType<typeof ask>): Promise<string | undefined> {
  try {
    const { status } = await asked;
    return status >= 400 ? `status ${status}` : undefined;
  } catch (thrown) {
    return (thrown as NodeJS.ErrnoException).code ?? 'no answer';
  }
}
