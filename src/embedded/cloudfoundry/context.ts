import type { DataPlane } from '../dataplane/index.js';
import type { Timers } from '../serving/timers.js';
import type { Behaviour } from './behaviour.js';
import type { App, Database, Droplet } from './model.js';
import type { Timing } from './timing.js';

/** What all of the platform's parts share. */
export interface CloudFoundryContext {
  readonly now: () => number;
  readonly timing: Timing;
  readonly timers: Timers;
  readonly dataPlane: DataPlane;
  readonly database: Database;
  /** Whether it is Korifi: fewer endpoints, names of its own, no UAA. */
  readonly isKorifi: boolean;
  /** The longest page of a list, whatever is asked for. */
  readonly mostPerPage: number;
  /** Names of all users and clients. */
  readonly users: () => readonly string[];
  /** In each space, such as `space_developer`. */
  readonly rolesOf: (user: string) => readonly string[];
  readonly behaviour: (app: App, droplet: Droplet | undefined) => Behaviour;
  /** Remembers work that `settled()` waits for, and its failure. */
  readonly track: (work: Promise<unknown>) => void;
}

/** A time as the API writes it. */
export function stamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
