/** Pods: whose they are, and how they are. */
import type { Client, List } from './client.js';
import { labelQuery, TEMPLATE_HASH_LABEL } from './labels.js';
import type { Labels, Pod } from './objects.js';
import { PODS } from './resources.js';

/** The pods that a Service with this selector would consider. An empty selector selects none. */
export async function listPods(
  client: Client,
  namespace: string,
  selector: Labels,
  signal: AbortSignal,
): Promise<readonly Pod[]> {
  if (Object.keys(selector).length === 0) return [];
  const list = await client.list<Pod>(PODS, namespace, { labelSelector: labelQuery(selector) }, signal);
  return (list?.items ?? []).filter(isAlive);
}

/** Pods by a selector as the API writes it, with the resourceVersion from which a watch can go on. */
export async function listPodsBy(
  client: Client,
  namespace: string,
  labelSelector: string,
  signal: AbortSignal,
): Promise<List<Pod>> {
  const list = await client.list<Pod>(PODS, namespace, { labelSelector }, signal);
  return list ?? { items: [], resourceVersion: '' };
}

/** Neither on its way out nor finished. Endpoints take no new traffic to the others. */
export function isAlive(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return pod.metadata.deletionTimestamp === undefined && phase !== 'Succeeded' && phase !== 'Failed';
}

export function isReady(pod: Pod): boolean {
  return isAlive(pod) && (pod.status?.conditions ?? []).some(one => one.type === 'Ready' && one.status === 'True');
}

/**
 * The name of the workload that a pod belongs to, read from its owner: a Deployment's ReplicaSet is called after the
 * Deployment and the hash that the pod carries too, so the chain needs no further request. Undefined for a pod alone.
 */
export function workloadNameOf(pod: Pod): string | undefined {
  const owner = pod.metadata.ownerReferences?.find(one => one.controller) ?? pod.metadata.ownerReferences?.[0];
  if (!owner) return undefined;
  const hash = pod.metadata.labels?.[TEMPLATE_HASH_LABEL];
  const isHashed = owner.kind === 'ReplicaSet' && hash !== undefined && owner.name.endsWith(`-${hash}`);
  return isHashed ? owner.name.slice(0, -hash.length - 1) : owner.name;
}

/** Whether the pod is one of the slot's. */
export function isOfSlot(pod: Pod, slot: string): boolean {
  return workloadNameOf(pod) === slot;
}

/** `pods of blue-x (2), pod debug`: whose pods these are, for people. */
export function describeOwners(pods: readonly Pod[]): string {
  const counts = new Map<string, number>();
  for (const pod of pods) {
    const owner = workloadNameOf(pod);
    const label = owner === undefined ? `pod ${pod.metadata.name}` : `pods of ${owner}`;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return [...counts].map(([label, amount]) => (amount > 1 ? `${label} (${amount})` : label)).join(', ');
}
