/** What exists for a target: its routes with their destinations, and the apps of its two slots with their instances. */
import type { TargetConfig } from '../../config/schema.js';
import type { Slot, Snapshot } from '../../release/model.js';
import { findApps, readSlot, readyOf, type SlotObjects, sizeOf, versionOf } from './apps.js';
import type { Foundation } from './foundation.js';
import type { Destination } from './objects.js';
import { type FoundRoute, findRoute, routeState } from './routes.js';

export interface ObservedRoute extends FoundRoute {
  /** As the configuration names it. */
  readonly text: string;
  /** Declared slots that it leads to; more than one is mixed traffic. */
  readonly slots: readonly Slot[];
  /** Destinations that are none of the slots. */
  readonly others: readonly Destination[];
}

export interface Observation {
  readonly target: TargetConfig;
  readonly foundation: Foundation;
  readonly routes: readonly ObservedRoute[];
  readonly slots: readonly SlotObjects[];
}

/** Throws NO_SUCH_PLACE, ROUTE_NOT_FOUND, or what Cloud Foundry says: an error is never taken for absence. */
export async function observe(foundation: Foundation, target: TargetConfig, signal: AbortSignal): Promise<Observation> {
  const [apps, found] = await Promise.all([
    findApps(foundation, target, signal),
    Promise.all(target.routes.map(route => findRoute(foundation, route, signal))),
  ]);
  const slots = await Promise.all([...apps].map(([slot, app]) => readSlot(foundation, slot, app, signal)));
  const routes = target.routes.flatMap((text, index) => {
    const one = found[index];
    if (!one) return [];
    const { destinations } = one.route;
    const others = destinations.filter(({ app }) => !slots.some(slot => slot.app?.guid === app.guid));
    return [{ ...one, text, slots: slotsIn(destinations, slots), others }];
  });
  return { target, foundation, routes, slots };
}

/** The slots that destinations lead to, in the order of the slots. */
export function slotsIn(
  destinations: readonly Destination[],
  slots: readonly Pick<SlotObjects, 'slot' | 'app'>[],
): readonly Slot[] {
  return slots.filter(({ app }) => app && destinations.some(one => one.app.guid === app.guid)).map(({ slot }) => slot);
}

export function snapshotOf({ target, routes, slots }: Observation): Snapshot {
  const live = liveSlot(routes);
  const liveSlotObjects = slots.find(({ slot }) => slot === live);
  return {
    target: target.name,
    slots: slots.map(found => ({
      slot: found.slot,
      exists: found.app !== undefined,
      size: sizeOf(found),
      ready: readyOf(found),
      version: versionOf(found.app),
    })),
    routing: {
      routes: routes.map(({ text, route, slots: selected }) =>
        routeState(text, {
          kind: 'cf-route',
          guid: route.guid,
          url: route.url,
          slots: selected,
          // Of a blue that was not whole before the release no more is asked when traffic goes back to it.
          size: Math.max(1, liveSlotObjects ? readyOf(liveSlotObjects) : 1),
          demand: 'restore',
          later: [],
        }),
      ),
    },
    live,
  };
}

/** The one slot that all routes lead to: read from destinations, whatever the apps are called. */
function liveSlot(routes: readonly ObservedRoute[]): Slot | undefined {
  const live = new Set(routes.flatMap(({ slots }) => slots));
  const [only] = live;
  return live.size === 1 && routes.every(({ slots }) => slots.length === 1) ? only : undefined;
}
