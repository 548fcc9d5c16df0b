/** What exists for a target: the pools of its routes and the apps of its two slots. */
import type { TargetConfig } from '../../config/schema.js';
import type { Slot, Snapshot } from '../../release/model.js';
import { appId, readApp, versionOf } from './apps.js';
import { type Context, definitionOf } from './context.js';
import { marathonFailure } from './failures.js';
import type { App, Definition, Pool, PoolBackend } from './objects.js';
import { backendOf, isAddress, readPool, type Services, slotsIn } from './pools.js';
import { type PoolRoute, poolRoute, routeState } from './routes.js';
import { addressesOf, healthyTasks } from './tasks.js';

export interface ObservedRoute extends PoolRoute {
  readonly route: string;
  readonly whole: Pool;
  readonly found: PoolBackend;
  /** Declared slots that get traffic by it; more than one is mixed traffic. */
  readonly selected: readonly Slot[];
}

export interface Observation {
  readonly target: TargetConfig;
  readonly definition: Definition | undefined;
  readonly routes: readonly ObservedRoute[];
  readonly apps: ReadonlyMap<Slot, App | undefined>;
}

/** One request for each pool and each app. Throws POOL_NOT_FOUND, BACKEND_NOT_FOUND or what the APIs say. */
export async function observe(context: Context, target: TargetConfig, signal: AbortSignal): Promise<Observation> {
  const { client } = context;
  const slots = [target.slots.blue, target.slots.green];
  const places = target.routes.map(route => ({ route, ...requirePoolRoute(route) }));
  const poolNames = [...new Set(places.map(({ pool }) => pool))];
  const [definition, pools, apps] = await Promise.all([
    definitionOf(context, target),
    Promise.all(poolNames.map(name => readPool(client, name, signal))),
    Promise.all(slots.map(slot => readApp(client, appId(slot), signal))),
  ]);
  const bySlot = new Map(slots.map((slot, index) => [slot, apps[index]]));
  const routes = places.map(place => {
    const whole = pools[poolNames.indexOf(place.pool)] as Pool;
    const found = backendOf(whole, place.backend);
    return { ...place, whole, found, selected: selectedIn(found.services ?? [], bySlot) };
  });
  return { target, definition, routes, apps: bySlot };
}

/** Slots that are named, and those of which single instances are there by their addresses. */
function selectedIn(services: Services, apps: Observation['apps']): readonly Slot[] {
  const addresses = new Set(services.filter(isAddress).map(({ endpoint }) => `${endpoint?.address}:${endpoint?.port}`));
  const isThere = (app: App | undefined) =>
    (app?.tasks ?? []).some(task => app && addressesOf(app, task, { allPorts: true }).some(one => addresses.has(one)));
  const named = slotsIn(services, [...apps.keys()]);
  return [...apps].flatMap(([slot, app]) => (named.includes(slot) || isThere(app) ? [slot] : []));
}

/** Throws MARATHON_SETTINGS for a route that this router does not have. */
export function requirePoolRoute(route: string): PoolRoute {
  const found = poolRoute(route);
  if (found) return found;
  throw marathonFailure('MARATHON_SETTINGS', { reason: `the route ${route} is not of the form pool/POOL/BACKEND` });
}

export function snapshotOf({ target, routes, apps }: Observation): Snapshot {
  const live = liveSlot(routes, apps);
  const liveApp = live === undefined ? undefined : apps.get(live);
  return {
    target: target.name,
    slots: [...apps].map(([slot, app]) => ({
      slot,
      exists: app !== undefined,
      size: app?.instances ?? 0,
      ready: app ? healthyTasks(app).length : 0,
      version: versionOf(app),
    })),
    routing: {
      routes: routes.map(({ route, pool, backend, whole, found, selected }) =>
        routeState(route, {
          kind: 'pool',
          pool,
          backend,
          services: found.services ?? [],
          slot: selected.length === 1 ? (selected[0] ?? null) : null,
          // Of a blue that was not whole before the release no more is asked when traffic goes back to it.
          size: Math.max(1, liveApp ? healthyTasks(liveApp).length : 1),
          demand: 'restore',
          whole,
        }),
      ),
    },
    live,
  };
}

/** The one slot that all routes go to, and that has an app: a pool may name an app that was never started. */
function liveSlot(routes: readonly ObservedRoute[], apps: Observation['apps']): Slot | undefined {
  const live = new Set(routes.flatMap(({ selected }) => selected));
  const [only] = live;
  const isWhole = live.size === 1 && routes.every(({ selected }) => selected.length === 1);
  return isWhole && only !== undefined && apps.get(only) ? only : undefined;
}
