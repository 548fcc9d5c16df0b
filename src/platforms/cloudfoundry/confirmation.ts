/** Whether the routers follow: each instance that shall get traffic is reached by each of them, and none that shall not. */
import type { TargetConfig } from '../../config/schema.js';
import type { Routing, Slot, Verdict } from '../../release/model.js';
import { findApps, readSlot, type SlotObjects, sizeOf } from './apps.js';
import type { Foundation } from './foundation.js';
import { slotsIn } from './observation.js';
import { canProve, type Expectation, expectAll, lackOfProof, provedText } from './probing.js';
import { documentOf, isFurther, type RouteDocument, readDestinations, sameSlots, slotsText } from './routes.js';
import { reachable } from './switching.js';

/** Looks until all routes are followed, or the signal aborts: then what was seen last is the verdict. */
export async function confirmRouting(
  foundation: Foundation,
  target: TargetConfig,
  routing: Routing,
  slot: Slot,
  signal: AbortSignal,
): Promise<Verdict> {
  const apps = await findApps(foundation, target, signal);
  const slots = await Promise.all([...apps].map(([name, app]) => readSlot(foundation, name, app, signal)));
  const expectations: Expectation[] = [];
  for (const state of routing.routes) {
    const wanted = documentOf(state);
    const found = slotsIn(await readDestinations(foundation, wanted.guid, state.route, signal), slots);
    if (!sameSlots(found, wanted.slots) && !isFurther(found, wanted)) {
      return { verdict: 'fail', reason: `${state.route} leads to ${slotsText(found)}, and not to ${state.text}` };
    }
    const wrong = wrongSize(wanted, found, slots);
    if (wrong !== undefined) return { verdict: 'fail', reason: wrong };
    expectations.push(...reachable(wanted.url, found, slots), ...unreachable(wanted, found, slots));
  }
  if (
    routing.routes.length > 0 &&
    !expectations.some(({ app, isMapped }) => isMapped && app.guid === apps.get(slot)?.guid)
  ) {
    return { verdict: 'fail', reason: `no instance of ${slot} is running` };
  }
  const lack = await lackOfProof(foundation, target, expectations, signal);
  if (lack !== undefined) return { verdict: 'fail', reason: lack };
  if (await canProve(foundation, signal)) return { verdict: 'pass', reason: provedText(expectations) };
  return { verdict: 'pass', reason: 'the destinations are so; the routers cannot be asked here, and had their time' };
}

/**
 * Who has another size than makes the share, such as by somebody else's scaling. The first slot gives up instances from
 * stage to stage and the second one gets more: so one may be smaller and the other larger, where a run before came further.
 */
function wrongSize(
  { sizes, slots: [shrinking] }: RouteDocument,
  found: readonly Slot[],
  slots: readonly SlotObjects[],
): string | undefined {
  if (!sizes || found.length < 2) return undefined;
  for (const [slot, wanted] of Object.entries(sizes)) {
    const now = sizeOf(slots.find(one => one.slot === slot) ?? { slot, app: undefined, web: undefined, instances: [] });
    if (slot === shrinking ? now <= wanted : now >= wanted) continue;
    return `${slot} has ${now} instances, and not the ${wanted} that make the share`;
  }
  return undefined;
}

/** No instance of a slot that the route does not lead to, whether it runs or not, and none beyond a slot's own size. */
function unreachable(
  { url, size, sizes }: RouteDocument,
  found: readonly Slot[],
  slots: readonly SlotObjects[],
): readonly Expectation[] {
  return slots.flatMap(({ slot, app, web }) => {
    if (!app) return [];
    if (!found.includes(slot)) return expectAll(url, app, web?.instances ?? 1, false);
    return sizes ? expectAll(url, app, size, false).filter(({ index }) => index >= (web?.instances ?? size)) : [];
  });
}
