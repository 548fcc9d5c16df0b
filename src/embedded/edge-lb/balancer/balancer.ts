import type { Configuration } from './configuration.js';

/** A program that carries traffic: HAProxy, or the built-in router where there is none. */
export interface Balancer {
  /**
   * Takes a configuration over for new connections; what runs on older ones stays as it was.
   *
   * @returns why the configuration is refused: then everything goes on as before
   */
  apply(configuration: Configuration): Promise<string | undefined>;
  /** What it does now, in HAProxy's language. */
  readonly running: string;
  /** Its counters: the CSV of HAProxy's statistics. */
  statistics(): Promise<string>;
  /** The ids of its processes: the master, the worker, and older workers that still have connections. */
  pids(): Promise<readonly number[]>;
  close(): Promise<void>;
}

export interface BalancerOptions {
  /** The loopback address that it listens on. */
  readonly address: string;
  /** The port on this machine that stands for a frontend's port. */
  readonly portOf: (bindPort: number) => number;
  /** Milliseconds between two checks of a server. */
  readonly checkMs: number;
}
