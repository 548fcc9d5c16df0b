/** Taking away what stands beside a workload: what this tool applied for it, and what others put under its name. */
import type { Change } from '../../release/model.js';
import { type Belonging, recordedBelongings } from './belongings.js';
import type { Client } from './client.js';
import { MANAGED_LABEL, matches, SLOT_LABEL } from './labels.js';
import type { Autoscaler, DisruptionBudget, KubernetesObject, Workload } from './objects.js';
import { title } from './objects.js';
import { AUTOSCALERS, DISRUPTION_BUDGETS, type Resource, resourceOfKind } from './resources.js';
import { isWorkloadKind } from './workloads.js';

const BY_LIST: readonly Resource[] = [AUTOSCALERS, DISRUPTION_BUDGETS];

/**
 * Deletes the workload's own companions of these kinds (all kinds if not said): those of this tool, and those of others
 * that have its name and belong to it. One list a kind, none when the workload says that it has none.
 */
export async function removeCompanions(
  client: Client,
  workload: Workload,
  signal: AbortSignal,
  kinds: readonly string[] = BY_LIST.map(({ kind }) => kind),
): Promise<readonly Change[]> {
  const { name, namespace } = workload.metadata;
  const recorded = recordedBelongings(workload)?.flatMap(one => (one.name === name ? one.kind : [])) ?? kinds;
  const changes: Change[] = [];
  for (const resource of BY_LIST.filter(({ kind }) => kinds.includes(kind) && recorded.includes(kind))) {
    const list = await client.list<KubernetesObject>(resource, namespace, {}, signal);
    for (const object of (list?.items ?? []).filter(one => belongs(resource, one, workload))) {
      const named = { ...object, kind: resource.kind };
      await client.remove(resource, named, 'Background', signal);
      changes.push({ verb: 'delete', object: title(named), detail: '' });
    }
  }
  return changes;
}

/** Deletes what a slot has under other names, but for its workloads. What is no longer marked as the slot's stays. */
export async function removeBelongings(
  client: Client,
  namespace: string,
  slot: string,
  belongings: readonly Belonging[],
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (const { kind, name } of belongings) {
    const resource = resourceOfKind(kind);
    if (!resource || name === slot || isWorkloadKind(kind)) continue;
    const object = await client.get<KubernetesObject>(resource, namespace, name, signal);
    if (object?.metadata.labels?.[SLOT_LABEL] !== slot) continue;
    await client.remove(resource, object, 'Background', signal);
    changes.push({ verb: 'delete', object: title({ ...object, kind }), detail: '' });
  }
  return changes;
}

function belongs(resource: Resource, object: KubernetesObject, workload: Workload): boolean {
  const { name } = workload.metadata;
  const ours = object.metadata.labels?.[MANAGED_LABEL] === 'true' || object.metadata.name === name;
  if (!ours) return false;
  if (resource === AUTOSCALERS) {
    const { kind, name: scaled } = (object as Autoscaler).spec.scaleTargetRef;
    return kind === workload.kind && scaled === name;
  }
  const selector = (object as DisruptionBudget).spec.selector?.matchLabels;
  return matches(selector, workload.spec.template.metadata?.labels);
}
