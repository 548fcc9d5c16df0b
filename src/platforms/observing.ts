/** Looking before writing: what a snapshot was read from is kept, so that nothing is read again to propose and to check. */
import type { TargetConfig } from '../config/schema.js';
import { together } from '../lib/together.js';
import type { Finding, Routing, Snapshot, TargetPlan } from '../release/model.js';
import type { Journey, Platform, Proposal, Roles } from './port.js';

/** What of a plan the findings are about. */
export interface Planned {
  readonly target: TargetConfig;
  readonly plan: TargetPlan;
  readonly journey: Journey | undefined;
}

/** The part of a platform that writes nothing. `Observation` is what the platform read of one target. */
export abstract class Observing<Observation> implements Pick<Platform, 'inspect' | 'propose' | 'preflight'> {
  /** By the snapshot, and by the routing in it: one of the two is at hand later. */
  private readonly observations = new WeakMap<object, Observation>();

  protected abstract observe(target: TargetConfig, signal: AbortSignal): Promise<Observation>;

  protected abstract snapshotOf(observation: Observation): Snapshot;

  protected abstract proposalOf(
    observation: Observation,
    target: TargetConfig,
    previous: Routing,
    roles: Roles,
    signal: AbortSignal,
  ): Promise<Proposal>;

  /** @param shared one and the same signal for all targets that are looked at together; `signal` ends with it */
  protected abstract findingsOf(
    observation: Observation,
    planned: Planned,
    signal: AbortSignal,
    shared: AbortSignal,
  ): Promise<readonly Finding[]>;

  inspect(target: TargetConfig, signal: AbortSignal): Promise<Snapshot> {
    return together(signal, async own => {
      const observation = await this.observe(target, own);
      const snapshot = this.snapshotOf(observation);
      this.observations.set(snapshot, observation);
      this.observations.set(snapshot.routing, observation);
      return snapshot;
    });
  }

  propose(target: TargetConfig, snapshot: Snapshot, roles: Roles, signal: AbortSignal): Promise<Proposal> {
    return together(signal, async own => {
      const observation = await this.observed(target, snapshot, own);
      return this.proposalOf(observation, target, snapshot.routing, roles, own);
    });
  }

  preflight(
    target: TargetConfig,
    plan: TargetPlan,
    signal: AbortSignal,
    journey?: Journey,
  ): Promise<readonly Finding[]> {
    return together(signal, async own => {
      const observation = await this.observed(target, plan.previous, own);
      return this.findingsOf(observation, { target, plan, journey }, own, signal);
    });
  }

  /** A run that goes on from a record has not inspected: it reads now. */
  private async observed(target: TargetConfig, key: object, signal: AbortSignal): Promise<Observation> {
    return this.observations.get(key) ?? this.observe(target, signal);
  }
}
