/** What the parts of preflight look at: who is who, and what green will be. */
import type { Finding, Severity, TargetPlan } from '../../../release/model.js';
import type { Client } from '../client.js';
import { counterpartOf, memberSize } from '../members.js';
import type { Labels, PodSpec, Workload } from '../objects.js';
import type { Observation } from '../observation.js';
import { memberGreen } from '../pieces.js';
import { transitionOf } from '../proposal.js';
import { versionOf, wantedSize } from '../workloads.js';
import type { Looking } from './look.js';

/** Makes a finding of one target. */
export type Tell = (severity: Severity, code: string, message: string, remedy: string) => Finding;

export interface Subjects {
  readonly observation: Observation;
  readonly plan: TargetPlan;
  readonly client: Client;
  readonly look: Looking;
  readonly tell: Tell;
  readonly blue: Workload | undefined;
  readonly green: Workload | undefined;
  readonly blueLabels: Labels | undefined;
  readonly greenLabels: Labels;
  /** Green's pods as they will be; undefined when there is neither a manifest nor a green. */
  readonly template: PodSpec | undefined;
  /** The further workloads of green: pods of these, and how many. */
  readonly beside: readonly { readonly template: PodSpec; readonly size: number }[];
  /** Pods that the release adds to what runs now, at least; 0 when green is there already. */
  readonly more: number;
}

export function subjectsOf(client: Client, observation: Observation, plan: TargetPlan, look: Looking): Subjects {
  const { workloads, manifest } = observation;
  const blue = plan.blue === undefined ? undefined : workloads.get(plan.blue);
  const green = workloads.get(plan.green);
  const isThere = green !== undefined && (!manifest || versionOf(green) === plan.version);
  return {
    client,
    observation,
    plan,
    look,
    tell: (severity, code, message, remedy) => ({ severity, code, target: plan.target, message, remedy }),
    blue,
    green,
    blueLabels: blue?.spec.template.metadata?.labels,
    greenLabels: transitionOf(observation, plan).greenLabels,
    template: isThere ? green.spec.template.spec : manifest?.workload.spec.template.spec,
    beside: isThere ? [] : besideOf(observation, plan),
    more: isThere ? Math.max(0, plan.size - wantedSize(green)) : plan.size,
  };
}

/** Each as large as its counterpart in blue is now. */
function besideOf({ manifest, members, namespace }: Observation, plan: TargetPlan): Subjects['beside'] {
  if (!manifest) return [];
  const blues = members.get(plan.blue ?? '') ?? [];
  return manifest.members.map(member => {
    const { name } = memberGreen(manifest, namespace, member, plan);
    const own = { kind: member.workload.kind, name };
    const size = memberSize(member, counterpartOf(own, { from: plan.green, to: plan.blue ?? '' }, blues));
    return { template: member.workload.spec.template.spec, size };
  });
}
