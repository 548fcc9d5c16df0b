/** What stands beside a workload under the slot's name: its HorizontalPodAutoscaler and its PodDisruptionBudget. */
import type { Change } from '../../release/model.js';
import type { Client } from './client.js';
import { COMPANIONS_ANNOTATION, MANAGED_LABEL, matches } from './labels.js';
import type { Autoscaler, DisruptionBudget, KubernetesObject, Workload } from './objects.js';
import { title } from './objects.js';
import { AUTOSCALERS, DISRUPTION_BUDGETS, type Resource } from './resources.js';

const KINDS: readonly Resource[] = [AUTOSCALERS, DISRUPTION_BUDGETS];

/** Kinds that this tool applied beside the workload; undefined when somebody else made it and only a look can tell. */
export function recordedCompanions(workload: Workload): readonly string[] | undefined {
  if (workload.metadata.labels?.[MANAGED_LABEL] !== 'true') return undefined;
  return (workload.metadata.annotations?.[COMPANIONS_ANNOTATION] ?? '').split(',').filter(kind => kind !== '');
}

/**
 * Deletes the slot's own companions of these kinds (all kinds if not said): those of this tool, and those of others that
 * have the slot's name and belong to its workload. One list a kind, none when the workload says that it has none.
 */
export async function removeCompanions(
  client: Client,
  workload: Workload,
  signal: AbortSignal,
  kinds: readonly string[] = KINDS.map(({ kind }) => kind),
): Promise<readonly Change[]> {
  const recorded = recordedCompanions(workload) ?? kinds;
  const changes: Change[] = [];
  for (const resource of KINDS.filter(({ kind }) => kinds.includes(kind) && recorded.includes(kind))) {
    const { namespace } = workload.metadata;
    const list = await client.list<KubernetesObject>(resource, namespace, {}, signal);
    for (const object of (list?.items ?? []).filter(one => belongs(resource, one, workload))) {
      const named = { ...object, kind: resource.kind };
      await client.remove(resource, named, 'Background', signal);
      changes.push({ verb: 'delete', object: title(named), detail: '' });
    }
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
