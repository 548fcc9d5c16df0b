import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { ask, type Outcome } from './request.js';

/** One request of the load, and the kind of its connection. */
export interface Sample extends Outcome {
  readonly connection: 'fresh' | 'kept';
}

/**
 * Clients that ask one after the other until they are stopped: `fresh` ones on a new connection each time, with a
 * pause of 5 ms; `kept` ones on one connection for as long as it lives, with that pause too unless they are busy.
 */
export class Load {
  readonly samples: Sample[] = [];
  readonly #url: string;
  readonly #busy: boolean;
  readonly #stop = new AbortController();
  readonly #clients: Promise<void>[] = [];

  constructor(url: string, clients: { fresh: number; kept: number; busy?: boolean }) {
    this.#url = url;
    this.#busy = clients.busy ?? false;
    for (let i = 0; i < clients.fresh; i++) this.#clients.push(this.#run('fresh'));
    for (let i = 0; i < clients.kept; i++) this.#clients.push(this.#run('kept'));
  }

  /** Ends the load and returns every sample. */
  async stop(): Promise<readonly Sample[]> {
    this.#stop.abort();
    await Promise.all(this.#clients);
    return this.samples;
  }

  async #run(connection: Sample['connection']): Promise<void> {
    const agent = new http.Agent({ keepAlive: connection === 'kept', maxSockets: 1 });
    const deadline = performance.now() + 60_000; // a test that forgets to stop must not load the machine forever
    while (!this.#stop.signal.aborted && performance.now() < deadline) {
      this.samples.push({ connection, ...(await ask(this.#url, agent)) });
      if (connection === 'fresh' || !this.#busy) await pause(5);
    }
    agent.destroy();
  }
}

/** The reasons of failed requests, with how often each was seen. */
export function failuresOf(samples: readonly Sample[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { failure, connection } of samples) {
    if (failure === undefined) continue;
    const reason = `${failure} (${connection})`;
    counts[reason] = (counts[reason] ?? 0) + 1;
  }
  return counts;
}

/** When the new slot answered first and the old one last on fresh connections, in ms after the switch was answered. */
export function handover(samples: readonly Sample[], switchedAt: number, from: string, to: string) {
  const fresh = samples.filter(sample => sample.connection === 'fresh' && sample.slot !== undefined);
  const first = fresh.find(sample => sample.slot === to)?.at;
  const last = fresh.findLast(sample => sample.slot === from)?.at;
  if (first === undefined || last === undefined) throw new Error(`The load saw no handover from ${from} to ${to}.`);
  return { firstNew: Math.round(first - switchedAt), lastOld: Math.round(last - switchedAt) };
}
