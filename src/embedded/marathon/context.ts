import type { DataPlane } from '../dataplane/index.js';
import type { Timers } from '../serving/timers.js';
import type { AppBehaviour } from './behaviour.js';
import type { App } from './definition.js';
import type { Events } from './events.js';
import type { Timing } from './timing.js';

/** Resources that all agents have together; undefined stands for enough. */
export interface Capacity {
  readonly cpus?: number;
  /** MB. */
  readonly mem?: number;
}

/** What all of Marathon's parts share. */
export interface MarathonContext {
  readonly now: () => number;
  readonly timing: Timing;
  readonly timers: Timers;
  readonly dataPlane: DataPlane;
  /** What each task runs in a process of its own; undefined: tasks run in this one. See `InstanceProcess.start`. */
  readonly program: readonly string[] | undefined;
  readonly events: Events;
  readonly behaviour: (app: App) => AppBehaviour;
  readonly capacity: Capacity;
  /** Remembers work that `settled()` waits for, and its failure. */
  readonly track: (work: Promise<unknown>) => void;
  /** To be called when tasks or definitions have changed: load balancers follow. */
  readonly changed: () => void;
}
