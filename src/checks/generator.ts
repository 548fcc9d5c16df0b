/**
 * Sends a load and measures it. Made of node:http and not of a load generator from the registry, because none of them can
 * count the requests that users would lose, which is what a release is asked about:
 * - autocannon 9 sends a request again by itself when the server closes the connection under it;
 * - loadtest 8 leaves out what is unanswered at the end, counts whole milliseconds from the moment of sending (so a
 *   service that stands still looks quick at a fixed rate), and takes no private authority and no signal;
 * - artillery 2 is an application of nearly a thousand packages with a command line, and k6 is no package at all.
 * Percentiles are hdr-histogram-js's.
 */
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
 * service keeps up (open loop), and the time of each counts from when it was due.
 */
export async function generate(
  load: LoadCheckConfig,
  base: string,
  tls: HttpRequest['tls'],
  signal: AbortSignal,
): Promise<Measured> {
  const { build } = await import('hdr-histogram-js');
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LONGEST_US,
    numberOfSignificantValueDigits: 3,
  });
  const errors = new Map<string, number>();
  const url = new URL(base + load.path);
  const agent = agentFor(url, true, load.connections, tls);
  const { method, body, timeout: timeoutMs } = load;
  const asking = { agent, method, body, timeoutMs, headers: { ...authorization(load.credentials), ...load.headers } };
  const started = performance.now();
  let sent = 0;
  let good = 0;
  /** When the next request is due; undefined at the end. */
  const next = (): number | undefined => {
    const now = performance.now();
    const due = load.rate === undefined ? now : started + (sent * 1_000) / load.rate;
    if (due - started >= load.for || now - started >= load.for) return undefined;
    sent++;
    return due;
  };
  const connection = async () => {
    for (let due = next(); due !== undefined && !signal.aborted; due = next()) {
      const wait = due - performance.now();
      if (wait > 0) await systemClock.sleep(wait, signal);
      const problem = await problemOf(ask(url, { ...asking, signal }));
      signal.throwIfAborted();
      if (problem !== undefined) errors.set(problem, (errors.get(problem) ?? 0) + 1);
      else {
        good++;
        histogram.recordValue(Math.min(LONGEST_US, Math.max(1, Math.round((performance.now() - due) * 1_000))));
      }
    }
  };
  try {
    await Promise.all(Array.from({ length: load.connections }, connection));
  } finally {
    agent.destroy();
  }
  signal.throwIfAborted();
  const percentile = (share: number) => histogram.getValueAtPercentile(share) / 1_000;
  const failed = [...errors.values()].reduce((sum, amount) => sum + amount, 0);
  const seconds = (performance.now() - started) / 1_000;
  return {
    requests: good + failed,
    failed,
    errors,
    p50: percentile(50),
    p95: percentile(95),
    p99: percentile(99),
    throughput: good / seconds,
  };
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
