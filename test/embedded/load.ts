import { Agent, get } from 'node:http';

/** What a load run has seen. */
export interface LoadReport {
  readonly requests: number;
  /** Requests without an answer, by error code, and answers other than 200, by status. */
  readonly failures: ReadonlyMap<string, number>;
  readonly failed: number;
  /** Answers by the value of the header `x-app-slot`. */
  readonly bySlot: ReadonlyMap<string, number>;
}

/** Clients in a closed loop: each sends its next request when the last one is answered. */
export class Load {
  readonly #url: string;
  readonly #failures = new Map<string, number>();
  readonly #bySlot = new Map<string, number>();
  readonly #clients: Promise<void>[] = [];
  #requests = 0;
  #stopped = false;

  constructor(url: string, { keepAlive = 0, fresh = 0, pauseMs = 0 }) {
    this.#url = url;
    for (let index = 0; index < keepAlive; index += 1) this.#clients.push(this.#run(true, pauseMs));
    for (let index = 0; index < fresh; index += 1) this.#clients.push(this.#run(false, pauseMs));
  }

  get requests(): number {
    return this.#requests;
  }

  async stop(): Promise<LoadReport> {
    this.#stopped = true;
    await Promise.all(this.#clients);
    const failed = [...this.#failures.values()].reduce((sum, count) => sum + count, 0);
    return { requests: this.#requests, failures: this.#failures, failed, bySlot: this.#bySlot };
  }

  async #run(keepAlive: boolean, pauseMs: number): Promise<void> {
    const agent = new Agent({ keepAlive, maxSockets: 1 });
    while (!this.#stopped) {
      await this.#ask(agent);
      if (pauseMs > 0) await new Promise(resolve => setTimeout(resolve, pauseMs));
    }
    agent.destroy();
  }

  #ask(agent: Agent): Promise<void> {
    this.#requests += 1;
    return new Promise(resolve => {
      const request = get(this.#url, { agent, timeout: 10_000 }, answer => {
        if (answer.statusCode !== 200) count(this.#failures, String(answer.statusCode));
        else count(this.#bySlot, String(answer.headers['x-app-slot']));
        answer.on('error', error => count(this.#failures, error.name));
        answer.on('close', resolve);
        answer.resume();
      });
      request.on('timeout', () => request.destroy(new Error('timeout')));
      request.on('error', error => {
        count(this.#failures, (error as NodeJS.ErrnoException).code ?? error.message);
        // A refused client that does not wait a moment would be a busy loop.
        setTimeout(resolve, 5);
      });
    });
  }
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The status of one answer, over a connection of its own. */
export function askOnce(url: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(url, { agent: new Agent() }, answer => {
      answer.resume();
      resolve(answer.statusCode);
    }).once('error', reject);
  });
}

export const sleep = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));
