/** Whether the routers follow: each instance that shall get traffic is reached by each of them, and none that shall not. */
import type { TargetConfig } from '../../config/schema.js';
import type { Routing, Slot, Verdict } from '../../release/model.js';
import { findApps, readSlot, type SlotObjects } from './apps.js';
import type { Foundation } from './foundation.js';
import { slotsIn } from './observation.js';
import { canProve, type Expectation, expectAll, lackOfProof, provedText } from './probing.js';
import { documentOf, isFurther, readDestinations, sameSlots, slotsText } from './routes.js';
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
    expectations.push(...reachable(wanted.url, found, slots), ...unreachable(wanted.url, found, slots));
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

/** No instance of a slot that the route does not lead to, whether it runs or not. */
function unreachable(url: string, found: readonly Slot[], slots: readonly SlotObjects[]): readonly Expectation[] {
  return slots.flatMap(({ slot, app, web }) =>
    app && !found.includes(slot) ? expectAll(url, app, web?.instances ?? 1, false) : [],
  );
}
