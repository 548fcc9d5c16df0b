/** Taking a slot away, after proof that it is not live, and waiting until it is gone. */
import type { Change, Slot } from '../../release/model.js';
import type { TeardownHow } from '../port.js';
import { Bell } from './bell.js';
import type { Client } from './client.js';
import { Collection } from './collection.js';
import { removeCompanions } from './companions.js';
import type { Context, Site } from './context.js';
import { selectorQuery } from './labels.js';
import { proveNotLive } from './liveness.js';
import { type KubernetesObject, type Pod, title, type Workload } from './objects.js';
import { isOfSlot, listPodsBy } from './pods.js';
import { DEPLOYMENTS, PODS } from './resources.js';
import { readWorkload, wantedSize } from './workloads.js';

/** What is gone already is fine. Throws STILL_LIVE, or what the API says. */
export async function tearDown(
  context: Context,
  site: Site,
  slot: Slot,
  how: TeardownHow,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  if (how === 'keep') return [];
  const { client } = context;
  const workload = await readWorkload(client, site.namespace, slot, signal);
  if (!workload) return [];
  await proveNotLive(context, site, workload, signal);
  if (how === 'delete') {
    const companions = await removeCompanions(client, workload, signal);
    await removeWorkload(client, workload, signal);
    return [...companions, { verb: 'delete', object: title(workload), detail: '' }];
  }
  // An autoscaler would bring the pods back.
  const companions = await removeCompanions(client, workload, signal, ['HorizontalPodAutoscaler']);
  const size = wantedSize(workload);
  if (size > 0) await client.scale(DEPLOYMENTS, site.namespace, slot, 0, signal);
  await untilPodsAreGone(client, workload, signal);
  const scaled: Change = { verb: 'scale', object: title(workload), detail: `replicas ${size} -> 0` };
  return size > 0 ? [...companions, scaled] : companions;
}

/**
 * Deletes exactly this workload (its uid) and waits until the API has forgotten it. With foreground propagation that is
 * after its ReplicaSets and their pods are gone, so nothing else has to be watched.
 */
export async function removeWorkload(client: Client, workload: Workload, signal: AbortSignal): Promise<void> {
  const answer = await client.remove(DEPLOYMENTS, workload, 'Foreground', signal);
  if (answer === undefined || answer.kind === 'Status') return;
  const query = { fieldSelector: `metadata.name=${workload.metadata.name}` };
  const start = { items: [answer], resourceVersion: answer.metadata.resourceVersion ?? '' };
  const isGone = (left: readonly KubernetesObject[]) => left.every(one => one.metadata.uid !== workload.metadata.uid);
  const { namespace = '' } = workload.metadata;
  await watchUntil(client, { resource: DEPLOYMENTS, namespace, query, start }, isGone, signal);
}

async function untilPodsAreGone(client: Client, workload: Workload, signal: AbortSignal): Promise<void> {
  const { name, namespace = '' } = workload.metadata;
  const labelSelector = selectorQuery(workload.spec.selector);
  const start = await listPodsBy(client, namespace, labelSelector, signal);
  const isGone = (left: readonly KubernetesObject[]) => !left.some(pod => isOfSlot(pod as Pod, name));
  await watchUntil(client, { resource: PODS, namespace, query: { labelSelector }, start }, isGone, signal);
}

type Watched = Pick<Parameters<typeof Collection.open>[1], 'resource' | 'namespace' | 'query' | 'start'>;

async function watchUntil(
  client: Client,
  watched: Watched,
  isDone: (items: readonly KubernetesObject[]) => boolean,
  signal: AbortSignal,
): Promise<void> {
  if (watched.start && isDone(watched.start.items)) return;
  const bell = new Bell();
  await using collection = await Collection.open(client, { ...watched, changed: bell.ring, signal });
  while (!isDone(collection.items())) await bell.heard(signal);
}
