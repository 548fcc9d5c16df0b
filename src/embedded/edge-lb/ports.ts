import { createServer } from 'node:net';

/** Below the range from which systems take ports for outgoing connections, so that none is taken away. */
const range = { from: 12_000, to: 32_000 };

/** Ports of this machine that stand for the ports that users know. */
export class Ports {
  readonly #known = new Map<number, number>();
  readonly #taken = new Set<number>();

  /** The port that stands for a port; it has been free on all the addresses when it was chosen. */
  async choose(port: number, addresses: readonly string[]): Promise<number> {
    const known = this.#known.get(port);
    if (known !== undefined) return known;
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const candidate = range.from + Math.floor(Math.random() * (range.to - range.from));
      if (this.#taken.has(candidate)) continue;
      this.#taken.add(candidate);
      const free = await Promise.all(addresses.map(address => isFree(address, candidate)));
      if (!free.every(Boolean)) continue;
      this.#known.set(port, candidate);
      return candidate;
    }
    throw new Error(`No free port was found that could stand for port ${port}.`);
  }

  /** @throws Error for a port that none has been chosen for */
  of(port: number): number {
    const known = this.#known.get(port);
    if (known === undefined) throw new Error(`Port ${port} is not bound by any frontend of this load balancer.`);
    return known;
  }

  has(port: number): boolean {
    return this.#known.has(port);
  }
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host, port }, () => server.close(() => resolve(true)));
  });
}
