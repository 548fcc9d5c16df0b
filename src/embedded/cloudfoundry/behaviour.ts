import type { Answer } from '../dataplane/index.js';
import type { App, Droplet } from './model.js';

/** How the instances of an app behave. Everything left out is the quick and well-behaved case. */
export interface Behaviour {
  /** What the instances say they are. */
  readonly slot?: string;
  readonly version?: string;
  /**
   * `crash`: ends right after each start. `never-ready`: runs, and its health check never succeeds. `no-placement`: no cell
   * has room for it.
   */
  readonly start?: 'ok' | 'crash' | 'never-ready' | 'no-placement';
  /** Whether staging fails. */
  readonly staging?: 'ok' | 'fails';
  /** Only so many of its instances come up. */
  readonly healthyInstances?: number;
  readonly answers?: Readonly<Record<string, Answer>>;
  readonly latencyMs?: number;
  /** Bytes of memory that each request takes and that never come back; none unless told. */
  readonly leak?: number;
  /**
   * Whether the program goes on to answer after SIGTERM until its work is done. One that does not is gone at once, while
   * the proxy beside it still accepts connections: what lands there is lost.
   */
  readonly drains?: boolean;
}

export function identityOf(app: App, droplet: Droplet | undefined): { app: string; slot: string; version: string } {
  const tag = /:([^:/@]+)(@.*)?$/.exec(droplet?.image ?? '')?.[1];
  return { app: app.name, slot: app.name, version: app.env.VERSION ?? tag ?? app.guid };
}
