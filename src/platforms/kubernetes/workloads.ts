/** Workloads: the kinds that a slot can be, and what their state says. */
import type { Client } from './client.js';
import { hasCode, kubernetesFailure } from './failures.js';
import { VERSION_ANNOTATION } from './labels.js';
import type { Condition, KubernetesObject, Workload } from './objects.js';
import { DEPLOYMENTS, type Resource, STATEFUL_SETS } from './resources.js';

/** Kinds that a slot can be. */
const SLOT_KINDS: readonly Resource[] = [DEPLOYMENTS, STATEFUL_SETS];

/** Kinds that run pods for good. Jobs end by themselves and are applied as written. */
const WORKLOAD_KINDS = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Rollout',
  'Pod',
]);

export const SUPPORTED_WORKLOADS = 'Deployment or StatefulSet';

export function isWorkloadKind(kind: string): boolean {
  return WORKLOAD_KINDS.has(kind);
}

/** Whether a document is of a kind that a slot can be. */
export function isSupported({ apiVersion, kind }: KubernetesObject): boolean {
  return apiVersion === 'apps/v1' && SLOT_KINDS.some(one => one.kind === kind);
}

/** Where the API keeps a workload of this kind. */
export function workloadResource({ kind }: Pick<KubernetesObject, 'kind'>): Resource {
  return kind === STATEFUL_SETS.kind ? STATEFUL_SETS : DEPLOYMENTS;
}

/**
 * The kinds by which a slot is looked for, most likely first. A manifest with a Deployment costs one question; one with
 * a StatefulSet may follow a Deployment, and without a manifest it may be either.
 */
export function slotKinds(manifest: { readonly workload: Workload } | undefined): readonly Resource[] {
  if (!manifest) return SLOT_KINDS;
  return manifest.workload.kind === STATEFUL_SETS.kind ? [STATEFUL_SETS, DEPLOYMENTS] : [DEPLOYMENTS];
}

/** The slot's workload, of the first of these kinds that there is one of; or undefined. */
export async function readWorkload(
  client: Client,
  namespace: string,
  slot: string,
  signal: AbortSignal,
  kinds: readonly Resource[] = SLOT_KINDS,
): Promise<Workload | undefined> {
  for (const [index, resource] of kinds.entries()) {
    try {
      const found = await client.get<Workload>(resource, namespace, slot, signal);
      if (found) return found;
    } catch (error) {
      // Who may not read the less likely kind has none of it to release.
      if (index === 0 || !hasCode(error, 'FORBIDDEN')) throw error;
    }
  }
  return undefined;
}

/** The slot's workload; throws WORKLOAD_NOT_FOUND. */
export async function requireWorkload(
  client: Client,
  namespace: string,
  slot: string,
  signal: AbortSignal,
  kinds: readonly Resource[] = SLOT_KINDS,
): Promise<Workload> {
  const workload = await readWorkload(client, namespace, slot, signal, kinds);
  if (!workload) throw kubernetesFailure('WORKLOAD_NOT_FOUND', { namespace, slot });
  return workload;
}

export function wantedSize(workload: Workload | undefined): number {
  return workload ? (workload.spec.replicas ?? 1) : 0;
}

export function readySize(workload: Workload | undefined): number {
  return workload?.status?.readyReplicas ?? 0;
}

/** Pods that must be ready before traffic goes back to it: one that is short of them already must not keep anybody from it. */
export function sizeToRestore(workload: Workload | undefined): number {
  return readySize(workload) >= wantedSize(workload) ? wantedSize(workload) : 1;
}

/** Whether it has pods, or is asked to have some. */
export function hasPods(workload: Workload | undefined): boolean {
  return wantedSize(workload) > 0 || (workload?.status?.replicas ?? 0) > 0;
}

/** The version that this tool put there; the template's word counts, since that is what the pods are made from. */
export function versionOf(workload: Workload | undefined): string | undefined {
  return workload?.spec.template.metadata?.annotations?.[VERSION_ANNOTATION];
}

export function conditionOf(workload: Workload, type: string): Condition | undefined {
  return workload.status?.conditions?.find(condition => condition.type === type);
}

/** Whether the controller has seen the latest spec and all that it asks for is up to date and available. */
export function isRolledOut(workload: Workload): boolean {
  const { observedGeneration, replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = workload.status ?? {};
  const wanted = wantedSize(workload);
  const seen = observedGeneration !== undefined && observedGeneration >= (workload.metadata.generation ?? 0);
  return seen && replicas === wanted && updatedReplicas === wanted && availableReplicas === wanted;
}

/** Whether somebody deletes it: it is there until its pods are gone, and whatever is written to it goes with it. */
export function isGoing({ metadata }: Workload): boolean {
  return metadata.deletionTimestamp !== undefined;
}
