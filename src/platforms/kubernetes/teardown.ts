/** Taking a slot away, after proof that it is not live, and waiting until it is gone. */
import type { Change, Slot } from '../../release/model.js';
import type { StillHeld, TeardownHow } from '../port.js';
import { Bell } from './bell.js';
import type { Client } from './client.js';
import { Collection } from './collection.js';
import { removeCompanions } from './companions.js';
import type { Context, Site } from './context.js';
import { hasCode } from './failures.js';
import { selectorQuery } from './labels.js';
import { proveNotLive } from './liveness.js';
import { type KubernetesObject, type Pod, title, type Workload } from './objects.js';
import { isOfSlot, listPodsBy } from './pods.js';
import { DEPLOYMENTS, PODS } from './resources.js';
import { readWorkload, wantedSize } from './workloads.js';

/** How often it is looked again when somebody else has written to the workload between the proof and the removal. */
const ATTEMPTS = 8;

/**
 * What is gone already is fine. The removal is conditional on the workload as it was when it was proven not to be live;
 * after a conflict both are made again. Throws STILL_LIVE, TAKEN_OVER, or what the API says.
 */
export async function tearDown(
  context: Context,
  site: Site,
  slot: Slot,
  how: TeardownHow,
  signal: AbortSignal,
  held: StillHeld = async () => undefined,
): Promise<readonly Change[]> {
  if (how === 'keep') return [];
  const { client } = context;
  const changes: Change[] = [];
  let uid: string | undefined;
  for (let attempt = 1; ; attempt++) {
    const workload = await readWorkload(client, site.namespace, slot, signal);
    // Another one of this name is somebody else's: what was to be removed is gone.
    if (!workload || (uid !== undefined && workload.metadata.uid !== uid)) return changes;
    uid = workload.metadata.uid;
    await Promise.all([proveNotLive(context, site, workload, signal), held(signal)]);
    try {
      const remove = how === 'delete' ? removeAll : emptyOut;
      changes.push(...(await remove(client, workload, signal)));
      return changes;
    } catch (thrown) {
      if (!hasCode(thrown, 'CONFLICT') || attempt >= ATTEMPTS) throw thrown;
      await client.pause(attempt, signal);
    }
  }
}

async function removeAll(client: Client, workload: Workload, signal: AbortSignal): Promise<readonly Change[]> {
  const companions = await removeCompanions(client, workload, signal);
  await removeWorkload(client, workload, signal);
  return [...companions, { verb: 'delete', object: title(workload), detail: '' }];
}

async function emptyOut(client: Client, workload: Workload, signal: AbortSignal): Promise<readonly Change[]> {
  // An autoscaler would bring the pods back.
  const companions = await removeCompanions(client, workload, signal, ['HorizontalPodAutoscaler']);
  const size = wantedSize(workload);
  const { name, namespace = '', resourceVersion } = workload.metadata;
  if (size > 0) await client.scale(DEPLOYMENTS, namespace, name, 0, signal, resourceVersion);
  await untilPodsAreGone(client, workload, signal);
  const scaled: Change = { verb: 'scale', object: title(workload), detail: `replicas ${size} -> 0` };
  return size > 0 ? [...companions, scaled] : companions;
}

/**
 * Deletes exactly this workload (its uid), as it was read (its resourceVersion), and waits until the API has forgotten it. With foreground propagation that is
 * after its ReplicaSets and their pods are gone, so nothing else has to be watched.
 */
export async function removeWorkload(client: Client, workload: Workload, signal: AbortSignal): Promise<void> {
  const answer = await client.remove(DEPLOYMENTS, workload, 'Foreground', signal, asRead(workload));
  if (answer === undefined || answer.kind === 'Status') return;
  const query = { fieldSelector: `metadata.name=${workload.metadata.name}` };
  const start = { items: [answer], resourceVersion: answer.metadata.resourceVersion ?? '' };
  const isGone = (left: readonly KubernetesObject[]) => left.every(one => one.metadata.uid !== workload.metadata.uid);
  const { namespace = '' } = workload.metadata;
  await watchUntil(client, { resource: DEPLOYMENTS, namespace, query, start }, isGone, signal);
}

function asRead({ metadata: { uid, resourceVersion } }: Workload) {
  return { ...(uid === undefined ? {} : { uid }), ...(resourceVersion === undefined ? {} : { resourceVersion }) };
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
