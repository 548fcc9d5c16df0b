/** Users of an app: GET and POST, on fresh and on kept connections, one request after the other in each. */
import { Agent, request } from 'node:http';

/** A router hears of what comes much later than of what goes. */
export const SLOW = { map: [20, 600], unmap: [20, 60], hooks: 30 };

/** A test that forgets to stop must not load the machine forever. */
export const AT_MOST_MS = 60_000;

export class Users {
  readonly failures: string[] = [];
  readonly versions = new Set<string>();
  /** Answers since `forget`, by version. */
  readonly answers = new Map<string, number>();
  requests = 0;
  readonly #clients: Promise<void>[];
  #isStopped = false;

  constructor(url: string) {
    const kinds = ['GET', 'POST'].flatMap(method => [false, true].map(keepAlive => ({ method, keepAlive })));
    this.#clients = [...kinds, ...kinds].map(kind => this.#run(url, kind.method, kind.keepAlive));
  }

  forget(): void {
    this.answers.clear();
  }

  /** Percent of the answers since `forget` that came from a version. */
  shareOf(version: string): number {
    const all = [...this.answers.values()].reduce((sum, count) => sum + count, 0);
    return (100 * (this.answers.get(version) ?? 0)) / Math.max(1, all);
  }

  async stop(): Promise<this> {
    this.#isStopped = true;
    await Promise.all(this.#clients);
    return this;
  }

  async #run(url: string, method: string, keepAlive: boolean): Promise<void> {
    const agent = new Agent({ keepAlive, maxSockets: 1 });
    const until = performance.now() + AT_MOST_MS;
    while (!this.#isStopped && performance.now() < until) {
      const { status, version } = await ask(url, method, agent);
      this.requests += 1;
      if (status === 200) {
        this.versions.add(version);
        this.answers.set(version, (this.answers.get(version) ?? 0) + 1);
      } else this.failures.push(`${method}${keepAlive ? ' kept' : ''}: ${status}`);
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    agent.destroy();
  }
}

function ask(url: string, method: string, agent: Agent): Promise<{ status: number | string; version: string }> {
  return new Promise(resolve => {
    const sent = request(url, { method, agent }, answer => {
      const version = String(answer.headers['x-app-version']);
      answer.on('error', error => resolve({ status: error.message, version })).resume();
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, version }));
    });
    sent.on('error', error => resolve({ status: error.message, version: '' }));
    sent.end(method === 'POST' ? 'an order' : undefined);
  });
}
