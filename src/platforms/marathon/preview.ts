/**
 * A private way to green through the load balancers: a backend of a pool that users do not reach, behind another frontend
 * port or a host rule. While green is checked, its service stands there beside what always does, and is taken away after.
 * What a killed run left there needs no memory: no service of a slot belongs there outside of a check.
 */
import type { TargetConfig } from '../../config/schema.js';
import type { Slot } from '../../release/model.js';
import type { Endpoint, StillHeld } from '../port.js';
import { appId, requireApp } from './apps.js';
import { confirmRouting, differenceOf, expectedOf } from './confirmation.js';
import type { Context } from './context.js';
import { marathonFailure } from './failures.js';
import { renderedConfiguration, serversIn } from './load-balancers.js';
import { requirePoolRoute } from './observation.js';
import { backendOf, names, readPool, renamed, type Services, withWeight } from './pools.js';
import { type PoolDocument, type PoolRoute, routeState } from './routes.js';
import { changeServices } from './switching.js';
import { healthyTasks } from './tasks.js';

/** Edge-LB reloads once every 3 s at most; a private backend that is not followed for so long will not be. */
const FOLLOWED_WITHIN_MS = 60_000;
/** Taking it away must not keep a cancelled run: who comes next takes away what is left. */
const CLOSED_WITHIN_MS = 5_000;

/** The private backend of a target; undefined where checks go straight to the instances. */
export function previewOf({ marathon }: TargetConfig): (PoolRoute & { readonly url: string }) | undefined {
  return marathon?.preview && { ...requirePoolRoute(marathon.preview.route), url: marathon.preview.url };
}

/** Pure: the services of a private backend with none of a slot. */
export function resting(services: Services, { slots }: TargetConfig): Services {
  return services.filter(service => !Object.values(slots).some(slot => names(service, slot)));
}

/**
 * Brings the private backend to a slot, and waits until every load balancer has exactly its healthy instances there.
 * Throws NO_PREVIEW when they do not follow or have others there, ROUTE_CONTENDED, TAKEN_OVER or what the APIs say.
 */
export async function openPreview(
  context: Context,
  target: TargetConfig,
  slot: Slot,
  place: NonNullable<ReturnType<typeof previewOf>>,
  signal: AbortSignal,
  held?: StillHeld,
): Promise<Endpoint> {
  const { client } = context;
  const app = await requireApp(client, appId(slot), signal);
  if (healthyTasks(app).length === 0)
    throw marathonFailure('NO_PREVIEW', { slot, reason: 'none of its instances is healthy' });
  const own = await servicesFor(context, target, slot, signal);
  const services = await changeServices(client, place, found => [...resting(found, target), ...own], signal, held);
  await requireFollowed(context, target, slot, place, { services, own }, signal);
  return {
    url: place.url,
    description: `${slot} by the backend ${place.backend} of the pool ${place.pool}, at ${place.url}`,
    [Symbol.asyncDispose]: () => closeQuietly(context, target, held),
  };
}

/** Takes every slot out of the private backend; there is nothing to do where none is in it. */
export async function closePreview(
  context: Context,
  target: TargetConfig,
  signal: AbortSignal,
  held?: StillHeld,
): Promise<void> {
  const place = previewOf(target);
  if (place) await changeServices(context.client, place, found => resting(found, target), signal, held);
}

/** After the checks: what fails here must not hide what they found, and is done again before anything depends on it. */
async function closeQuietly(context: Context, target: TargetConfig, held?: StillHeld): Promise<void> {
  try {
    await closePreview(context, target, AbortSignal.timeout(CLOSED_WITHIN_MS), held);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    context.settings.log.warning(
      `${target.marathon?.preview?.route} still has a slot, which is taken away later: ${why}`,
    );
  }
}

/** As users will reach the slot: by the same ports, with no weights. */
async function servicesFor(
  { client }: Context,
  { routes, slots }: TargetConfig,
  slot: Slot,
  signal: AbortSignal,
): Promise<Services> {
  const route = requirePoolRoute(routes[0] ?? '');
  const { services = [] } = backendOf(await readPool(client, route.pool, signal), route.backend);
  for (const from of [slot, ...Object.values(slots)]) {
    const found = services.filter(service => names(service, from));
    if (found.length > 0) return renamed(found, from, slot).map(service => withWeight(service, 1));
  }
  throw marathonFailure('NO_PREVIEW', { slot, reason: `${routes[0]} names neither slot, so its port is not known` });
}

async function requireFollowed(
  context: Context,
  target: TargetConfig,
  slot: Slot,
  place: PoolRoute,
  { services, own }: { readonly services: Services; readonly own: Services },
  signal: AbortSignal,
): Promise<void> {
  const document: PoolDocument = { kind: 'pool', ...place, services, slot, size: 1, demand: 'full' };
  const routing = { routes: [routeState(target.marathon?.preview?.route ?? '', document)] };
  const patience = AbortSignal.any([signal, AbortSignal.timeout(FOLLOWED_WITHIN_MS)]);
  const { reason, verdict } = await confirmRouting(context, target, routing, slot, patience);
  signal.throwIfAborted();
  if (verdict !== 'pass') throw marathonFailure('NO_PREVIEW', { slot, reason });
  const app = await requireApp(context.client, appId(slot), signal);
  const servers = serversIn((await renderedConfiguration(context, place.pool, signal)) ?? '', place.backend) ?? [];
  const difference = differenceOf(expectedOf({ ...document, services: own }, new Map([[slot, app]])), servers);
  if (difference === undefined) return;
  throw marathonFailure('NO_PREVIEW', { slot, reason: `the backend ${place.backend} ${difference}` });
}
