/** Asks the live URL all the while that traffic moves, and measures what a user would have seen. */
import type { Identity } from '../config/schema.js';
import { plain } from '../lib/inert.js';
import type { Clock } from '../platforms/port.js';
import type { ProbeEvidence } from '../release/model.js';
import type { Probe } from '../release/walk.js';
import { agentFor, ask } from './ask.js';
import { versionOf } from './identity.js';
import { Sightings } from './sightings.js';

export interface ProbeOptions {
  /** The live URL; the identity's path is asked below it. */
  readonly url: string;
  readonly identity: Identity | undefined;
  readonly versions: { readonly blue?: string; readonly green: string };
  readonly clock: Clock;
  /** Requests a second, on fresh connections and as many on a kept-alive one. */
  readonly rate?: number;
  readonly timeoutMs?: number;
}

/**
 * Starts to ask, at a low steady rate, on two lanes: each request of one opens a connection, as new users do; those of
 * the other share one, as browsers do. A lane has one request in flight at most, so a slow service gets fewer
 * requests and not more. No answer, and a status of 500 and above, count as failed: a 404 is the service's own answer.
 * It asks directly, without a proxy. It never throws, and ends at once with `stop` or the signal; what is in flight
 * then is not counted.
 */
export function startProbe(options: ProbeOptions, signal: AbortSignal): Probe {
  const url = urlOf(options);
  const sightings = new Sightings(options.versions, options.clock);
  const end = new AbortController();
  const endWithSignal = () => end.abort();
  signal.addEventListener('abort', endWithSignal, { once: true });
  if (signal.aborted) end.abort();
  const lanes = url ? [true, false].map(keepAlive => lane(url, keepAlive, options, sightings, end.signal)) : [];
  const seen = (): ProbeEvidence => sightings.evidence(plain(options.url, 200));
  return {
    mark: at => sightings.mark(at),
    seen,
    async stop() {
      end.abort();
      signal.removeEventListener('abort', endWithSignal);
      await Promise.all(lanes);
      return seen();
    },
  };
}

function urlOf({ url, identity }: ProbeOptions): URL | undefined {
  const whole = identity ? url.replace(/\/$/, '') + identity.path : url;
  return URL.canParse(whole) ? new URL(whole) : undefined;
}

async function lane(
  url: URL,
  keepAlive: boolean,
  options: ProbeOptions,
  sightings: Sightings,
  signal: AbortSignal,
): Promise<void> {
  const { clock, identity, timeoutMs = 5_000 } = options;
  const interval = 1_000 / (options.rate ?? 10);
  const agent = agentFor(url, keepAlive);
  try {
    for (let due = clock.now(); !signal.aborted; ) {
      try {
        const asked = clock.now();
        const answer = await ask(url, { agent, timeoutMs, signal });
        const version = identity && versionOf(answer, identity);
        const ms = clock.now() - asked;
        if (!signal.aborted) sightings.answered({ status: answer.status, version, fresh: !keepAlive, ms });
      } catch (thrown) {
        if (!signal.aborted) sightings.failed(kindOf(thrown), reasonOf(thrown));
      }
      // What was missed while an answer was slow is not made up for.
      due = Math.max(due + interval, clock.now());
      await clock.sleep(due - clock.now(), signal).catch(() => undefined); // the signal ends the loop
    }
  } finally {
    agent.destroy();
  }
}

function kindOf(thrown: unknown): string {
  return (thrown as NodeJS.ErrnoException).code ?? 'no answer';
}

function reasonOf(thrown: unknown): string {
  const { code, message } = thrown as NodeJS.ErrnoException;
  return code && message && !message.includes(code) ? `${message} (${code})` : message || code || String(thrown);
}
