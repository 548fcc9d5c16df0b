/** Whether the load balancers follow a selector: what is exported has exactly the slot's instances, and was read by now. */

import { count } from '../../lib/units.js';
import type { Routing, Verdict } from '../../release/model.js';
import { type Context, pauseBetween } from './context.js';
import { sameSelector, selectorText } from './objects.js';
import { addressOf, isListed, readExport, readService, readSlot } from './reads.js';
import { documentOf, type ServiceDocument } from './routes.js';

/** Looks until all routes are followed, or the signal aborts: then what was seen last is the verdict. */
export async function confirmRouting(context: Context, routing: Routing, signal: AbortSignal): Promise<Verdict> {
  let last = 'nothing was seen';
  try {
    for (;;) {
      const looks = await Promise.all(routing.routes.map(state => look(context, documentOf(state), signal)));
      const behind = looks.find(({ isFollowed }) => !isFollowed);
      last = (behind ?? looks.at(-1))?.text ?? last;
      if (!behind) break;
      await pauseBetween(context, signal);
    }
    await context.client.clock.sleep(context.section['load-balancer-lag'], signal);
  } catch (error) {
    if (!signal.aborted) throw error;
    return { verdict: 'fail', reason: last };
  }
  return { verdict: 'pass', reason: last };
}

interface Look {
  readonly isFollowed: boolean;
  readonly text: string;
}

async function look({ client }: Context, document: ServiceDocument, signal: AbortSignal): Promise<Look> {
  const { namespace, service: name, selector, slots } = document;
  const [service, exported, ...found] = await Promise.all([
    readService(client, namespace, name, signal),
    readExport(client, namespace, name, signal),
    ...slots.map(slot => readSlot(client, namespace, slot, signal)),
  ]);
  if (!service || !sameSelector(service.spec.selector, selector)) {
    return { isFollowed: false, text: `service ${name} selects ${selectorText(service?.spec.selector)}` };
  }
  if (!exported) return { isFollowed: false, text: `nothing is exported of service ${name}` };
  const listed = found.flatMap(({ taskgroups }) => taskgroups.filter(isListed));
  const behind = (exported.ports ?? []).flatMap(port => {
    const wanted = listed.flatMap(taskgroup => addressOf(taskgroup, port.name) ?? []).sort();
    const seen = (port.backends ?? []).map(({ targetIP, targetPort }) => `${targetIP}:${targetPort}`).sort();
    if (wanted.length > 0 && wanted.join() === seen.join()) return [];
    const strangers = seen.filter(address => !wanted.includes(address)).length;
    const own = seen.length - strangers;
    return [
      `port ${port.name} of service ${name} has ${own} of ${count(wanted.length, 'backend')} of ${slots.join(' and ')}${strangers > 0 ? `, and ${strangers} of others` : ''}`,
    ];
  });
  if (behind.length > 0) return { isFollowed: false, text: behind.join('; ') };
  return {
    isFollowed: true,
    text: `service ${name} exports exactly the ${count(listed.length, 'instance')} of ${slots.join(' and ')}`,
  };
}
