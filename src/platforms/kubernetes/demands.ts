/** What has to be true of the pods that traffic is about to be moved to (P1 to P3). */
import { failure } from '../../failures.js';
import type { Slot } from '../../release/model.js';
import type { Client } from './client.js';
import type { RouteDocument } from './documents.js';
import { kubernetesFailure } from './failures.js';
import { describeLabels } from './labels.js';
import type { Labels, Pod } from './objects.js';
import { describeOwners, isOfSlot, isReady, listPods } from './pods.js';
import { readWorkload, wantedSize } from './workloads.js';

/** All pods that a Service with this selector selects or would select, of these slots. Throws WOULD_MIX for others. */
export async function requireNoStrangers(
  client: Client,
  service: { readonly namespace: string; readonly name: string; readonly selector: Labels },
  slots: readonly Slot[],
  signal: AbortSignal,
): Promise<readonly Pod[]> {
  const { namespace, name, selector } = service;
  const pods = await listPods(client, namespace, selector, signal);
  const strangers = pods.filter(pod => !slots.some(slot => isOfSlot(pod, slot)));
  if (strangers.length === 0) return pods;
  const facts = { selector: describeLabels(selector), strangers: describeOwners(strangers) };
  throw kubernetesFailure('WOULD_MIX', { service: `${namespace}/${name}`, ...facts });
}

/** Enough of these pods are ready, and of the slot. Throws NO_LONGER_READY. Answers how many that are, at least. */
export async function requireEnoughReady(
  client: Client,
  { namespace, size: planned, demand }: Pick<RouteDocument, 'namespace' | 'size' | 'demand'>,
  slot: Slot,
  pods: readonly Pod[],
  signal: AbortSignal,
): Promise<number> {
  const ready = pods.filter(pod => isReady(pod) && isOfSlot(pod, slot)).length;
  let size = planned;
  if (ready < size && demand === 'restore') {
    // It may have been scaled down since the plan was made, by its own autoscaler.
    size = Math.min(size, wantedSize(await readWorkload(client, namespace, slot, signal)));
  }
  const least = Math.max(1, size);
  if (ready < least) throw failure('NO_LONGER_READY', { slot, text: `${ready} of ${least} pods are ready` });
  return least;
}
