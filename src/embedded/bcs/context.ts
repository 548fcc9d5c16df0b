import type { DataPlane } from '../dataplane/index.js';
import type { Timers } from '../serving/timers.js';
import type { Behaviour } from './behaviour.js';
import type { DeploymentDefinition } from './definition.js';
import type { Timing } from './timing.js';

/** What all of the platform's parts share. */
export interface BcsContext {
  readonly now: () => number;
  readonly timing: Timing;
  readonly timers: Timers;
  readonly dataPlane: DataPlane;
  readonly clusterId: string;
  readonly behaviour: (definition: DeploymentDefinition) => Behaviour;
  /** Remembers work that `settled()` waits for, and its failure. */
  readonly track: (work: Promise<unknown>) => void;
}

/** How BCS writes a time. */
export function stamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
