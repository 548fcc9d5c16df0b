import type { Identity, Instance } from '../../dataplane/index.js';

/** What is behind a pod's address. */
export interface Host {
  readonly namespace: string;
  readonly pod: string;
  readonly identity: Identity;
  /** The ports that its program listens on; empty: any. */
  readonly ports: readonly number[];
  /** The program, while it runs. */
  readonly instance: Instance;
}

/** The pod network: pods have addresses of their own (10.244.x.y), which only this platform can resolve to loopback ports. */
export class Network {
  readonly #hosts = new Map<string, Host>();
  #next = 2;

  add(host: Host): string {
    const address = `10.244.${this.#next >> 8}.${this.#next & 255}`;
    this.#next += 1;
    this.#hosts.set(address, host);
    return address;
  }

  /** A program that was restarted keeps its pod's address. */
  replace(address: string, host: Host): void {
    this.#hosts.set(address, host);
  }

  remove(address: string): void {
    this.#hosts.delete(address);
  }

  host(address: string): Host | undefined {
    return this.#hosts.get(address);
  }

  /** The instance that listens on this port of this address; undefined where a connection would be refused. */
  listener(address: string, port: number): Instance | undefined {
    const host = this.#hosts.get(address);
    if (host === undefined || host.instance.state === 'stopped') return undefined;
    return host.ports.length === 0 || host.ports.includes(port) ? host.instance : undefined;
  }

  hosts(): Host[] {
    return [...this.#hosts.values()];
  }
}
