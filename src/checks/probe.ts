/** Asks the live URL all the while that traffic moves, and measures what a user would have seen. */
import type { Identity } from '../config/schema.js';
import { plain } from '../lib/inert.js';
import type { Clock } from '../platforms/port.js';
import type { ProbeEvidence } from '../release/model.js';
import type { Probe } from '../release/walk.js';
import { agentFor, ask } from './ask.js';
import { versionOf } from './identity.js';
import { LANES, type Lane, Sightings } from './sightings.js';

export interface ProbeOptions {
  /** The live URL; the identity's path is asked below it. */
  readonly url: string;
  readonly identity: Identity | undefined;
  readonly versions: { readonly blue?: string; readonly green: string };
  readonly clock: Clock;
  /** Requests a second, on fresh connections and as many on a kept-alive one. */
  readonly rate?: number;
  /** How long an answer may take, in milliseconds. */
  readonly timeoutMs?: number;
  /** How far `recent` looks back, in milliseconds. */
  readonly windowMs?: number;
  /** Sends one request; over node:http unless told. */
  readonly ask?: typeof ask;
}

/**
 * Starts to ask, at a low steady rate, on two lanes: each request of one opens a connection, as new users do; those of
 * the other share one, as browsers do. A lane has one request in flight at most, so a slow service gets fewer
 * requests and not more. No answer, and a status of 500 and above, count as failed: a 404 is the service's own answer.
 * So do requests that were due while their lane waited in vain. It asks directly, without a proxy. It never throws. With
 * `finish` it ends as soon as what is in flight has; with `stop` or the signal at once, and what is in flight is not
 * counted.
 */
export function startProbe(options: ProbeOptions, signal: AbortSignal): Probe {
  const url = urlOf(options);
  const sightings = new Sightings(options.versions, options.windowMs ?? 60_000, options.clock);
  const enough = new AbortController();
  const end = new AbortController();
  const endAll = () => {
    enough.abort();
    end.abort();
  };
  signal.addEventListener('abort', endAll, { once: true });
  if (signal.aborted) endAll();
  const ends = { enough: enough.signal, now: end.signal };
  const lanes = url ? LANES.map(lane => askOn(lane, url, options, sightings, ends)) : [];
  const seen = (): ProbeEvidence => sightings.evidence(plain(options.url, 200));
  return {
    mark: at => sightings.mark(at),
    seen,
    recent: () => sightings.recent(),
    async finish() {
      enough.abort();
      await Promise.all(lanes);
    },
    async stop() {
      endAll();
      signal.removeEventListener('abort', endAll);
      await Promise.all(lanes);
      return seen();
    },
  };
}

function urlOf({ url, identity }: ProbeOptions): URL | undefined {
  const whole = identity ? url.replace(/\/$/, '') + identity.path : url;
  return URL.canParse(whole) ? new URL(whole) : undefined;
}

async function askOn(
  lane: Lane,
  url: URL,
  { clock, identity, timeoutMs = 5_000, rate = 10, ask: send = ask }: ProbeOptions,
  sightings: Sightings,
  ends: { readonly enough: AbortSignal; readonly now: AbortSignal },
): Promise<void> {
  const interval = 1_000 / rate;
  const agent = agentFor(url, lane === 'kept');
  try {
    for (let due = clock.now(); !ends.enough.aborted; ) {
      const asked = clock.now();
      const overdue = () => dueBetween(due, clock.now(), interval);
      try {
        const { status, ...answer } = await send(url, { agent, timeoutMs, signal: ends.now });
        const ms = clock.now() - asked;
        const version = identity && versionOf(answer, identity);
        if (!ends.now.aborted) sightings.answered({ status, version, lane, ms, due: overdue() });
      } catch (thrown) {
        if (!ends.now.aborted)
          sightings.failed({ kind: kindOf(thrown), reason: reasonOf(thrown), lane, due: overdue() });
      }
      // What was missed while an answer was slow is not made up for.
      due = Math.max(due + interval, clock.now());
      await clock.sleep(due - clock.now(), ends.enough).catch(() => undefined); // the signal ends the loop
    }
  } finally {
    agent.destroy();
  }
}

/** When requests were due after the one at `from`, and before `until`. */
function dueBetween(from: number, until: number, interval: number): readonly number[] {
  const amount = Math.max(0, Math.ceil((until - from) / interval) - 1);
  return Array.from({ length: amount }, (_, index) => from + (index + 1) * interval);
}

function kindOf(thrown: unknown): string {
  return (thrown as NodeJS.ErrnoException).code ?? 'no answer';
}

function reasonOf(thrown: unknown): string {
  const { code, message } = thrown as NodeJS.ErrnoException;
  return code && message && !message.includes(code) ? `${message} (${code})` : message || code || String(thrown);
}
