/** Exchanging instances a few at a time, for platforms that can. */
import type { TargetConfig } from '../config/schema.js';
import type { Change, Slot, SwitchEvidence, TargetPlan, Verdict } from '../release/model.js';
import type { StillHeld } from './port.js';

/** One instance of a slot, as it can be exchanged for another. */
export interface BatchInstance {
  readonly id: string;
  readonly isHealthy: boolean;
  /** When it was started, in milliseconds since the epoch. */
  readonly since: number;
}

/** Exchanging a slot's instances a few at a time: for platforms whose load balancers can leave single ones out. */
export interface Batches {
  /** Instances that may still be at work, and how many the slot is asked to have. */
  look(
    target: TargetConfig,
    slot: Slot,
    signal: AbortSignal,
  ): Promise<{ readonly size: number; readonly instances: readonly BatchInstance[] }>;
  /** Brings live traffic to all of green and to these instances of blue; to none of them: what the plan calls next. */
  admit(
    target: TargetConfig,
    plan: TargetPlan,
    blue: readonly string[],
    signal: AbortSignal,
    held?: StillHeld,
  ): Promise<readonly SwitchEvidence[]>;
  /**
   * Instances of blue that get no new requests from any load balancer, waited for until there are some. For platforms
   * whose load balancers decide by themselves who leaves; left out where `admit` decides it.
   */
  leaving?(target: TargetConfig, plan: TargetPlan, signal: AbortSignal): Promise<readonly string[]>;
  /** Whether every load balancer does what `admit` wrote, and nothing else. */
  confirm(target: TargetConfig, plan: TargetPlan, blue: readonly string[], signal: AbortSignal): Promise<Verdict>;
  /**
   * Ends exactly these instances and no other, none of them to be replaced, and waits until they are gone. One that is gone
   * already is left out: whatever took its place is another instance.
   */
  end(
    target: TargetConfig,
    slot: Slot,
    ids: readonly string[],
    signal: AbortSignal,
    held?: StillHeld,
  ): Promise<readonly Change[]>;
}
