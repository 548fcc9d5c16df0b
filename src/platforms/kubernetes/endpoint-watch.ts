/** Whether the endpoints of a Service are exactly the ready pods that they should be. */

import { Bell } from '../../lib/bell.js';
import { count } from '../../lib/units.js';
import type { Slot, Verdict } from '../../release/model.js';
import type { Client } from './client.js';
import { Collection } from './collection.js';
import { labelQuery } from './labels.js';
import type { KubernetesObject, Labels, Pod } from './objects.js';
import { isOfSlot, isReady, listPodsBy } from './pods.js';
import { type EndpointSource, endpointDifference, listEndpoints, readyPodNames } from './slices.js';
import { messageOf } from './transport.js';

/** A switch changes several slices, or one of them several times, within this time. */
const CHANGES_TOGETHER_MS = 100;

export interface ServiceToFollow {
  readonly name: string;
  readonly namespace: string;
  readonly selector: Labels;
  /** The first one must have ready pods. */
  readonly slots: readonly Slot[];
  /** Whether it lists others, too, by right: it is shared, and a subset of it tells them apart. */
  readonly isShared?: boolean;
}

/** The Service lists exactly the ready pods of these slots. Waits for that until the signal ends. */
export async function followService(client: Client, service: ServiceToFollow, signal: AbortSignal): Promise<Verdict> {
  const { name, namespace, slots, isShared = false } = service;
  const labelSelector = labelQuery(service.selector);
  const [source, pods] = await Promise.all([
    listEndpoints(client, namespace, name, signal),
    listPodsBy(client, namespace, labelSelector, signal),
  ]);
  const now = judge({ name, slots, isShared }, source.list.items, pods.items);
  if (now.verdict === 'pass') return now;
  return follow({ client, name, namespace, slots, isShared, labelSelector, source, pods: pods.items }, signal);
}

interface Following {
  readonly client: Client;
  readonly name: string;
  readonly namespace: string;
  readonly slots: readonly Slot[];
  readonly isShared: boolean;
  readonly labelSelector: string;
  readonly source: EndpointSource;
  readonly pods: readonly Pod[];
}

/**
 * Watches the endpoints until they are the ready pods; pods that come and go change the endpoints too, so they are only
 * listed again when a change did not bring agreement. Disagreement at the end is a verdict, not an error.
 */
async function follow(at: Following, signal: AbortSignal): Promise<Verdict> {
  const { client, name, namespace, labelSelector, source } = at;
  const bell = new Bell();
  const { resource, query, list: start } = source;
  let verdict = judge(at, start.items, at.pods);
  try {
    const options = { resource, namespace, query, start, changed: bell.ring, signal };
    await using endpoints = await Collection.open(client, options);
    while (verdict.verdict !== 'pass') {
      await bell.heard(signal);
      verdict = judge(at, endpoints.items(), at.pods);
      if (verdict.verdict === 'pass') break;
      await bell.heardOrDue(client.clock, CHANGES_TOGETHER_MS, signal);
      verdict = judge(at, endpoints.items(), at.pods);
      if (verdict.verdict === 'pass') break;
      const pods = await listPodsBy(client, namespace, labelSelector, signal);
      verdict = judge(at, endpoints.items(), pods.items);
    }
    return verdict;
  } catch (error) {
    if (signal.aborted) return verdict;
    return {
      verdict: 'unknown',
      reason: `the endpoints of Service ${name} could not be followed: ${messageOf(error)}`,
    };
  }
}

/** The first slot has ready pods, and the Service lists exactly those of all slots. */
function judge(
  { name, slots, isShared }: Pick<Following, 'name' | 'slots' | 'isShared'>,
  endpoints: readonly KubernetesObject[],
  pods: readonly Pod[],
): Verdict {
  const ready = pods.filter(pod => isReady(pod) && slots.some(slot => isOfSlot(pod, slot)));
  const [first = ''] = slots;
  if (!ready.some(pod => isOfSlot(pod, first)))
    return { verdict: 'fail', reason: `no pod of ${first} that Service ${name} selects is ready` };
  const whose = slots.join(' and ');
  const own = new Set(ready.map(pod => pod.metadata.name));
  const all = readyPodNames(endpoints);
  const listed = isShared ? new Set([...all].filter(pod => own.has(pod))) : all;
  const difference = endpointDifference(listed, ready);
  if (difference)
    return { verdict: 'fail', reason: `Service ${name} does not list the pods of ${whose} yet: ${difference}` };
  return {
    verdict: 'pass',
    reason: `Service ${name} lists ${isShared ? '' : 'exactly '}the ${count(ready.length, 'ready pod')} of ${whose}`,
  };
}
