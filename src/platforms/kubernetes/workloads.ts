/** Workloads: the kinds that a slot can be, and what their state says. */
import { count } from '../../lib/units.js';
import type { Client } from './client.js';
import { kubernetesFailure } from './failures.js';
import { VERSION_ANNOTATION } from './labels.js';
import type { Condition, KubernetesObject, Workload } from './objects.js';
import { DEPLOYMENTS, type Resource } from './resources.js';

/** A kind of workload that a slot can be. */
export interface WorkloadKind {
  readonly resource: Resource;
}

/** Other kinds follow as rows. */
const KINDS: Readonly<Record<string, WorkloadKind>> = {
  'apps/v1 Deployment': { resource: DEPLOYMENTS },
};

/** Kinds that run pods for good; a manifest may have one of them. Jobs end by themselves and are applied as written. */
const WORKLOAD_KINDS = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'ReplicationController',
  'Rollout',
  'Pod',
]);

export const SUPPORTED_WORKLOADS = 'Deployment';

export function isWorkloadKind(kind: string): boolean {
  return WORKLOAD_KINDS.has(kind);
}

export function workloadKind(object: KubernetesObject): WorkloadKind | undefined {
  return KINDS[`${object.apiVersion} ${object.kind}`];
}

/** The slot's workload, or undefined. */
export async function readWorkload(
  client: Client,
  namespace: string,
  slot: string,
  signal: AbortSignal,
): Promise<Workload | undefined> {
  return client.get<Workload>(DEPLOYMENTS, namespace, slot, signal);
}

/** The slot's workload; throws WORKLOAD_NOT_FOUND. */
export async function requireWorkload(
  client: Client,
  namespace: string,
  slot: string,
  signal: AbortSignal,
): Promise<Workload> {
  const workload = await readWorkload(client, namespace, slot, signal);
  if (!workload) throw kubernetesFailure('WORKLOAD_NOT_FOUND', { namespace, slot });
  return workload;
}

export function wantedSize(workload: Workload | undefined): number {
  return workload ? (workload.spec.replicas ?? 1) : 0;
}

export function readySize(workload: Workload | undefined): number {
  return workload?.status?.readyReplicas ?? 0;
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

/** `3 pods wanted, 2 ready`. */
export function describeSize(workload: Workload | undefined): string {
  return `${count(wantedSize(workload), 'pod')} wanted, ${readySize(workload)} ready`;
}
