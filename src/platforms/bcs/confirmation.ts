/** Whether the load balancers follow a selector: what is exported has exactly the slot's instances, and was read by now. */

import { count, formatDuration } from '../../lib/units.js';
import type { Routing, Verdict } from '../../release/model.js';
import { addressesOf } from './addresses.js';
import { type Context, pauseBetween } from './context.js';
import { GROUP_LABEL, type Service, sameSelector, selectorText, type Taskgroup } from './objects.js';
import { isListed, readEndpoint, readExport, readService, readSlot } from './reads.js';
import { documentOf, reached, type ServiceDocument } from './routes.js';

/**
 * Looks until all routes are followed, and again when the load balancers have had the time to read it: what was seen may
 * be from before a write. When the signal aborts, what was seen last is the verdict.
 */
export async function confirmRouting(context: Context, routing: Routing, signal: AbortSignal): Promise<Verdict> {
  const { 'load-balancer-lag': lag } = context.section;
  let last = 'nothing was seen';
  try {
    for (let isSeen = false; ; ) {
      const looks = await Promise.all(routing.routes.map(state => look(context, documentOf(state), signal)));
      const behind = looks.find(({ isFollowed }) => !isFollowed);
      const text = (behind ?? looks.at(-1))?.text ?? last;
      if (isSeen && !behind) return { verdict: 'pass', reason: text };
      isSeen = !behind;
      last = isSeen ? `${text}, and load balancers have not had the ${formatDuration(lag)} to read it` : text;
      await (isSeen ? context.client.clock.sleep(lag, signal) : pauseBetween(context, signal));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    return { verdict: 'fail', reason: last };
  }
}

interface Look {
  readonly isFollowed: boolean;
  readonly text: string;
}

async function look(context: Context, document: ServiceDocument, signal: AbortSignal): Promise<Look> {
  const { client } = context;
  const { namespace, service: name } = document;
  const service = await readService(client, namespace, name, signal);
  const { selector, slots } = reached(document, service?.spec.selector);
  if (!service || !sameSelector(service.spec.selector, selector)) {
    return { isFollowed: false, text: `service ${name} selects ${selectorText(service?.spec.selector)}` };
  }
  const found = await Promise.all(slots.map(slot => readSlot(client, namespace, slot, signal)));
  const listed = found.flatMap(({ taskgroups }) => taskgroups.filter(isListed));
  const lists = await listsOf(context, service, listed, signal);
  const behind = lists.filter(list => list.wanted.length === 0 || list.wanted.join() !== list.seen.join());
  const own = slots.join(' and ');
  if (behind.length > 0) return { isFollowed: false, text: behind.map(list => behindText(list, own)).join('; ') };
  const text = `service ${name} has exactly the ${count(listed.length, 'instance')} of ${own}`;
  return { isFollowed: true, text };
}

/** Where traffic could go, by one way to the service. */
interface List {
  readonly title: string;
  /** Sorted, both. */
  readonly wanted: readonly string[];
  readonly seen: readonly string[];
}

/** Each port that is exported to load balancers; without one the endpoints, which names inside of the cluster lead to. */
async function listsOf(
  { client }: Context,
  { metadata, spec }: Service,
  listed: readonly Taskgroup[],
  signal: AbortSignal,
): Promise<readonly List[]> {
  const { name, namespace } = metadata;
  const ports = spec.ports ?? [];
  if (!metadata.labels?.[GROUP_LABEL] || ports.length === 0) {
    const endpoint = await readEndpoint(client, namespace, name, signal);
    const wanted = listed.map(taskgroup => taskgroup.metadata.name).sort();
    const seen = (endpoint?.eps ?? []).map(({ targetRef }) => targetRef.id).sort();
    return [{ title: `the endpoint of service ${name}`, wanted, seen }];
  }
  const exported = await readExport(client, namespace, name, signal);
  return ports.map(port => {
    const shown = (exported?.ports ?? []).find(one => one.name === port.name);
    const seen = (shown?.backends ?? []).map(({ targetIP, targetPort }) => `${targetIP}:${targetPort}`).sort();
    const wanted = listed
      .flatMap(taskgroup => addressesOf(taskgroup, port.name))
      .flatMap(places => places.find(place => seen.includes(place)) ?? places.slice(0, 1));
    // An address that two containers of a taskgroup share is exported once.
    return { title: `port ${port.name} of service ${name}`, wanted: [...new Set(wanted)].sort(), seen };
  });
}

/** Such as `port web of service test has 1 of 3 backends of test-green, and 2 of others`. */
function behindText({ title, wanted, seen }: List, slots: string): string {
  const strangers = seen.filter(one => !wanted.includes(one)).length;
  const others = strangers > 0 ? `, and ${strangers} of others` : '';
  return `${title} has ${seen.length - strangers} of ${count(wanted.length, 'backend')} of ${slots}${others}`;
}
