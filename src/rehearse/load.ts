/**
 * Constant load on a URL, half on kept-alive and half on fresh connections, every request counted. A request counts as
 * failed when it gets no complete answer or one of 500 and above: just what a user would have noticed.
 *
 * Load generators such as autocannon reconnect silently when a server closes a connection under a request; here that is
 * the very thing to count, so the requests are plain ones of node:http.
 */
import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface LoadOptions {
  readonly url: string;
  /** Connections of each kind. */
  readonly connections: number;
  /** Pause of a connection between an answer and its next request, in milliseconds. */
  readonly pauseMs: number;
  /** Header by which answers are told apart. */
  readonly slotHeader: string;
  /** The load ends by itself after this many milliseconds. */
  readonly atMostMs: number;
}

export interface LoadCounts {
  readonly requests: number;
  readonly failed: number;
  /** Answers by the slot that gave them. */
  readonly bySlot: Readonly<Record<string, number>>;
  readonly errors: readonly string[];
  /** The 50th and 99th percentile of the time to a complete answer, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

export interface Load {
  counts(): LoadCounts;
  /** Requests that failed in this span, in milliseconds of `performance.now()`. */
  failedBetween(from: number, to: number): number;
  /** Lets every request that is under way end, and answers the final counts. */
  stop(): Promise<LoadCounts>;
}

const KEPT_ERRORS = 5;

export function startLoad(options: LoadOptions): Load {
  const over = AbortSignal.timeout(options.atMostMs);
  const stopped = new AbortController();
  const ended = AbortSignal.any([over, stopped.signal]);
  const keptAlive = new Agent({ keepAlive: true, maxSockets: options.connections });
  const bySlot: Record<string, number> = {};
  const errors: string[] = [];
  const times: number[] = [];
  const failedAt: number[] = [];
  let requests = 0;

  const loop = async (agent: Agent | false, index: number): Promise<void> => {
    // Spread out, so that the connections do not ask in step.
    await sleep((options.pauseMs * index) / options.connections);
    while (!ended.aborted) {
      const startedAt = performance.now();
      requests++;
      try {
        const { status, slot } = await ask(options, agent);
        if (status >= 500) throw new Error(`HTTP ${status} from ${slot}`);
        bySlot[slot] = (bySlot[slot] ?? 0) + 1;
        times.push(performance.now() - startedAt);
      } catch (thrown) {
        failedAt.push(performance.now());
        if (errors.length < KEPT_ERRORS) errors.push(thrown instanceof Error ? thrown.message : String(thrown));
      }
      await sleep(options.pauseMs);
    }
  };

  const loops = Array.from({ length: options.connections }, (_, index) => [
    loop(keptAlive, index),
    loop(false, index),
  ]).flat();
  const counts = (): LoadCounts => {
    const sorted = [...times].sort((a, b) => a - b);
    const percentile = (share: number) => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0);
    return {
      requests,
      failed: failedAt.length,
      bySlot: { ...bySlot },
      errors: [...errors],
      p50: percentile(0.5),
      p99: percentile(0.99),
    };
  };
  return {
    counts,
    failedBetween: (from, to) => failedAt.filter(at => at >= from && at <= to).length,
    stop: async () => {
      stopped.abort();
      await Promise.all(loops);
      keptAlive.destroy();
      return counts();
    },
  };
}

/** The same load on each of the URLs; on none of them nothing is asked, and nothing fails. */
export function startLoads(urls: readonly string[], options: Omit<LoadOptions, 'url'>): Load {
  const loads = urls.map(url => startLoad({ ...options, url }));
  return {
    counts: () => added(loads.map(load => load.counts())),
    failedBetween: (from, to) => sumOf(loads.map(load => load.failedBetween(from, to))),
    stop: async () => added(await Promise.all(loads.map(load => load.stop()))),
  };
}

function added(counts: readonly LoadCounts[]): LoadCounts {
  const bySlot: Record<string, number> = {};
  for (const [slot, answers] of counts.flatMap(one => Object.entries(one.bySlot)))
    bySlot[slot] = (bySlot[slot] ?? 0) + answers;
  return {
    requests: sumOf(counts.map(({ requests }) => requests)),
    failed: sumOf(counts.map(({ failed }) => failed)),
    bySlot,
    errors: counts.flatMap(({ errors }) => errors).slice(0, KEPT_ERRORS),
    p50: Math.max(0, ...counts.map(({ p50 }) => p50)),
    p99: Math.max(0, ...counts.map(({ p99 }) => p99)),
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}

/** One request, answered completely. A fresh connection is one that says so and is closed after its answer. */
function ask({ url, slotHeader }: LoadOptions, agent: Agent | false): Promise<{ status: number; slot: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, timeout: 10_000 }, (answer: IncomingMessage) => {
      answer.resume();
      answer.once('error', reject);
      answer.once('end', () =>
        resolve({ status: answer.statusCode ?? 0, slot: String(answer.headers[slotHeader] ?? 'nobody') }),
      );
    });
    asked.once('timeout', () => asked.destroy(new Error('no answer within 10 s')));
    asked.once('error', reject);
    asked.end();
  });
}
