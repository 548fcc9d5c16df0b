/** Taking a slot away, after proof that it is not live, and waiting until it is gone. */

import { Bell } from '../../lib/bell.js';
import type { Change, Slot } from '../../release/model.js';
import type { StillHeld, TeardownHow } from '../port.js';
import { type Belonging, belongingsIn, recordedBelongings } from './belongings.js';
import type { Client } from './client.js';
import { Collection } from './collection.js';
import { removeBelongings, removeCompanions } from './companions.js';
import type { Context, Site } from './context.js';
import { hasCode } from './failures.js';
import { selectorQuery } from './labels.js';
import { proveNotLive } from './liveness.js';
import { knownMembers, readMembers } from './members.js';
import { type KubernetesObject, type Pod, title, type Workload } from './objects.js';
import { isOfSlot, listPodsBy } from './pods.js';
import { PODS } from './resources.js';
import { readWorkload, slotKinds, wantedSize, workloadResource } from './workloads.js';

/** How often it is looked again when somebody else has written to the workload between the proof and the removal. */
const ATTEMPTS = 8;

/**
 * What is gone already is fine. Further workloads of the slot go first, and its main one, which tells of them, last.
 * Throws STILL_LIVE, TAKEN_OVER, or what the API says.
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
  const { namespace, manifest } = site;
  const main = await readWorkload(client, namespace, slot, signal, slotKinds(manifest));
  const members = await readMembers(client, namespace, knownMembers(main, manifest, slot), signal);
  const recorded = main ? (recordedBelongings(main) ?? []) : manifest ? belongingsIn(manifest, slot) : [];
  const changes: Change[] = [];
  for (const workload of [...members, ...(main ? [main] : [])])
    changes.push(...(await takeAway(context, site, workload, { how, slot, recorded }, signal, held)));
  // Without its main workload nothing tells any more what else the slot had.
  if (!main && how === 'delete') changes.push(...(await removeBelongings(client, namespace, slot, recorded, signal)));
  return changes;
}

interface Removal {
  readonly how: TeardownHow;
  readonly slot: Slot;
  readonly recorded: readonly Belonging[];
}

async function takeAway(
  context: Context,
  site: Site,
  workload: Workload,
  removal: Removal,
  signal: AbortSignal,
  held: StillHeld,
): Promise<readonly Change[]> {
  const { client } = context;
  const proven = (own: Workload) =>
    removal.how === 'delete' ? removeAll(client, own, removal, signal) : emptyOut(client, own, signal);
  return (await onceProven(context, site, workload, proven, signal, held)) ?? [];
}

/** Deletes a workload of a slot that is not live, and waits until it is gone. Throws STILL_LIVE. */
export async function removeProven(
  context: Context,
  site: Site,
  workload: Workload,
  signal: AbortSignal,
  held: StillHeld,
): Promise<void> {
  const remove = (own: Workload) => removeWorkload(context.client, own, signal);
  await onceProven(context, site, workload, remove, signal, held);
}

/**
 * The removal of a workload is conditional on it as it was when it was proven not to be live; after a conflict both are
 * made again. Undefined: it is gone, and another one of its name is somebody else's.
 */
async function onceProven<T>(
  context: Context,
  site: Site,
  first: Workload,
  remove: (workload: Workload) => Promise<T>,
  signal: AbortSignal,
  held: StillHeld,
): Promise<T | undefined> {
  const { client } = context;
  const { name, namespace = '', uid } = first.metadata;
  let workload: Workload | undefined = first;
  for (let attempt = 1; workload?.metadata.uid === uid && workload; attempt++) {
    await Promise.all([proveNotLive(context, site, workload, signal), held(signal)]);
    try {
      return await remove(workload);
    } catch (thrown) {
      if (!hasCode(thrown, 'CONFLICT') || attempt >= ATTEMPTS) throw thrown;
      await client.pause(attempt, signal);
      workload = await readWorkload(client, namespace, name, signal, [workloadResource(first)]);
    }
  }
  return undefined;
}

async function removeAll(
  client: Client,
  workload: Workload,
  { slot, recorded }: Removal,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const { name, namespace = '' } = workload.metadata;
  const companions = await removeCompanions(client, workload, signal);
  // Pods that are still there read their configuration to the end; what is left of it goes with the main workload.
  await removeWorkload(client, workload, signal);
  const rest = name === slot ? await removeBelongings(client, namespace, slot, recorded, signal) : [];
  return [...companions, { verb: 'delete', object: title(workload), detail: '' }, ...rest];
}

/** An autoscaler is left: it is off at size 0, and on again for who brings the slot back. */
async function emptyOut(client: Client, workload: Workload, signal: AbortSignal): Promise<readonly Change[]> {
  const { name, namespace = '', resourceVersion } = workload.metadata;
  const size = wantedSize(workload);
  if (size > 0) await client.scale(workloadResource(workload), namespace, name, 0, signal, resourceVersion);
  await untilPodsAreGone(client, workload, signal);
  return size > 0 ? [{ verb: 'scale', object: title(workload), detail: `replicas ${size} -> 0` }] : [];
}

/**
 * Deletes exactly this workload (its uid), as it was read (its resourceVersion), and waits until the API has forgotten it. With foreground propagation that is
 * after its pods are gone, so nothing else has to be watched.
 */
async function removeWorkload(client: Client, workload: Workload, signal: AbortSignal): Promise<void> {
  const resource = workloadResource(workload);
  const answer = await client.remove(resource, workload, 'Foreground', signal, asRead(workload));
  if (answer === undefined || answer.kind === 'Status') return;
  const query = { fieldSelector: `metadata.name=${workload.metadata.name}` };
  const start = { items: [answer], resourceVersion: answer.metadata.resourceVersion ?? '' };
  const isGone = (left: readonly KubernetesObject[]) => left.every(one => one.metadata.uid !== workload.metadata.uid);
  const { namespace = '' } = workload.metadata;
  await watchUntil(client, { resource, namespace, query, start }, isGone, signal);
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
