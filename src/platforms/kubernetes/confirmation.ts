/** Whether the control plane and the endpoints follow a routing. */

import { count } from '../../lib/units.js';
import type { RouteState, Routing, Slot, Verdict } from '../../release/model.js';
import { Bell } from './bell.js';
import { Collection } from './collection.js';
import type { Context } from './context.js';
import { describeLabels, equalLabels, labelQuery } from './labels.js';
import type { KubernetesObject, Labels, Pod, Service } from './objects.js';
import { isOfSlot, isReady, listPodsBy } from './pods.js';
import { SERVICES } from './resources.js';
import { documentOf } from './routes.js';
import { type EndpointSource, endpointDifference, listEndpoints, readyPodNames } from './slices.js';
import { messageOf } from './transport.js';

/** A switch changes several slices, or one of them several times, within this time. */
const CHANGES_TOGETHER_MS = 100;

/** Every route selects as wanted and lists exactly the slot's ready pods. Waits for that until the signal ends. */
export async function confirmRouting(
  context: Context,
  routing: Routing,
  slot: Slot,
  signal: AbortSignal,
): Promise<Verdict> {
  const verdicts = await Promise.all(routing.routes.map(route => confirmRoute(context, route, slot, signal)));
  const worst = verdicts.find(one => one.verdict === 'fail') ?? verdicts.find(one => one.verdict === 'unknown');
  return worst ?? { verdict: 'pass', reason: verdicts.map(one => one.reason).join('; ') };
}

async function confirmRoute({ client }: Context, route: RouteState, slot: Slot, signal: AbortSignal): Promise<Verdict> {
  const { namespace, name, selector, both } = documentOf(route);
  if (selector === null)
    return { verdict: 'unknown', reason: `Service ${name} did not exist in the routing to confirm` };
  const labelSelector = labelQuery(selector);
  const [service, source, pods] = await Promise.all([
    client.get<Service>(SERVICES, namespace, name, signal),
    listEndpoints(client, namespace, name, signal),
    listPodsBy(client, namespace, labelSelector, signal),
  ]);
  if (both && equalLabels(service?.spec.selector, both.onward))
    return { verdict: 'pass', reason: `Service ${name} selects ${slot} alone already` };
  const slots = both?.slots ?? [slot];
  const wrong = selectorTrouble(service, name, selector);
  if (wrong) return { verdict: 'fail', reason: wrong };
  const now = judge(name, slots, source.list.items, pods.items);
  if (now.verdict === 'pass') return now;
  return follow({ client, name, namespace, slots, labelSelector, source, pods: pods.items }, signal);
}

function selectorTrouble(service: Service | undefined, name: string, wanted: Labels): string | undefined {
  if (!service) return `Service ${name} does not exist`;
  const { selector } = service.spec;
  if (equalLabels(selector, wanted)) return undefined;
  return `Service ${name} selects ${describeLabels(selector)}, and should select ${describeLabels(wanted)}`;
}

interface Following {
  readonly client: Context['client'];
  readonly name: string;
  readonly namespace: string;
  readonly slots: readonly Slot[];
  readonly labelSelector: string;
  readonly source: EndpointSource;
  readonly pods: readonly Pod[];
}

/**
 * Watches the endpoints until they are the ready pods; pods that come and go change the endpoints too, so they are only
 * listed again when a change did not bring agreement. Disagreement at the end is a verdict, not an error.
 */
async function follow(at: Following, signal: AbortSignal): Promise<Verdict> {
  const { client, name, namespace, slots, labelSelector, source } = at;
  const bell = new Bell();
  const { resource, query, list: start } = source;
  let verdict = judge(name, slots, start.items, at.pods);
  try {
    const options = { resource, namespace, query, start, changed: bell.ring, signal };
    await using endpoints = await Collection.open(client, options);
    while (verdict.verdict !== 'pass') {
      await bell.heard(signal);
      verdict = judge(name, slots, endpoints.items(), at.pods);
      if (verdict.verdict === 'pass') break;
      await bell.heardOrDue(client.clock, CHANGES_TOGETHER_MS, signal);
      verdict = judge(name, slots, endpoints.items(), at.pods);
      if (verdict.verdict === 'pass') break;
      const pods = await listPodsBy(client, namespace, labelSelector, signal);
      verdict = judge(name, slots, endpoints.items(), pods.items);
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
  name: string,
  slots: readonly Slot[],
  endpoints: readonly KubernetesObject[],
  pods: readonly Pod[],
): Verdict {
  const ready = pods.filter(pod => isReady(pod) && slots.some(slot => isOfSlot(pod, slot)));
  const [first = ''] = slots;
  if (!ready.some(pod => isOfSlot(pod, first)))
    return { verdict: 'fail', reason: `no pod of ${first} that Service ${name} selects is ready` };
  const whose = slots.join(' and ');
  const difference = endpointDifference(readyPodNames(endpoints), ready);
  if (difference)
    return { verdict: 'fail', reason: `Service ${name} does not list the pods of ${whose} yet: ${difference}` };
  return {
    verdict: 'pass',
    reason: `Service ${name} lists exactly the ${count(ready.length, 'ready pod')} of ${whose}`,
  };
}
