/**
 * The switch: a pool fetched, only the services of one backend changed, written whole and read back (P4), right after
 * the instances were counted again (P1). Edge-LB has no condition for a write: what lies between the read and the write
 * is one request long, and what came of it is read.
 */
import { failure } from '../../failures.js';
import type { RouteState, Routing, SwitchEvidence } from '../../release/model.js';
import type { StillHeld } from '../port.js';
import { appId, readApp } from './apps.js';
import type { Client } from './client.js';
import { hasCode, isUncertain, marathonFailure } from './failures.js';
import type { Pool } from './objects.js';
import {
  backendOf,
  describeServices,
  isMixture,
  readPool,
  type Services,
  sameElsewhere,
  sameServices,
  withServices,
  writePool,
} from './pools.js';
import { documentOf, type PoolDocument, type PoolRoute } from './routes.js';
import { healthyTasks } from './tasks.js';

const ATTEMPTS = 5;

/**
 * Makes one route what `to` says, if it still is what `from` says. Undefined: it was so already, or further on its way;
 * nothing was written. Throws ROUTE_CHANGED, ROUTE_CONTENDED, NO_LONGER_READY or a failure of the APIs.
 */
export async function writeRoute(
  client: Client,
  target: string,
  from: RouteState,
  to: RouteState,
  signal: AbortSignal,
  held: StillHeld = async () => undefined,
): Promise<SwitchEvidence | undefined> {
  return await alone(client, documentOf(to).pool, () => attemptRoute(client, target, from, to, signal, held));
}

async function attemptRoute(
  client: Client,
  target: string,
  from: RouteState,
  to: RouteState,
  signal: AbortSignal,
  held: StillHeld,
): Promise<SwitchEvidence | undefined> {
  const wanted = documentOf(to);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const pool = await readPool(client, wanted.pool, signal);
    const services = backendOf(pool, wanted.backend).services ?? [];
    if (sameServices(services, wanted.services) || isFurther(services, wanted)) return undefined;
    requireUnchanged(services, from, wanted);
    await Promise.all([requireHealthy(client, wanted, signal), held(signal)]);
    const at = client.clock.now();
    if (await attemptWrite(client, pool, wanted, attempt === ATTEMPTS, signal)) {
      return { target, route: to.route, from: from.text, to: to.text, at, answeredInMs: client.clock.now() - at };
    }
    await client.pause(attempt, signal);
  }
  throw marathonFailure('ROUTE_CONTENDED', { route: to.route, attempts: ATTEMPTS });
}

/**
 * Makes other services of those of a backend that live traffic does not depend on, whatever they are. Answers with what
 * they are now. Throws ROUTE_CONTENDED, TAKEN_OVER or a failure of the APIs.
 */
export async function changeServices(
  client: Client,
  place: PoolRoute,
  change: (found: Services) => Services,
  signal: AbortSignal,
  held: StillHeld = async () => undefined,
): Promise<Services> {
  return await alone(client, place.pool, async () => {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const pool = await readPool(client, place.pool, signal);
      const found = backendOf(pool, place.backend).services ?? [];
      const services = change(found);
      if (sameServices(found, services)) return services;
      await held(signal);
      if (await attemptWrite(client, pool, { ...place, services }, attempt === ATTEMPTS, signal)) return services;
      await client.pause(attempt, signal);
    }
    throw marathonFailure('ROUTE_CONTENDED', { route: `pool/${place.pool}/${place.backend}`, attempts: ATTEMPTS });
  });
}

/** A pool is read and written whole: of two changes by this very run one would undo the other. */
const queues = new WeakMap<Client, Map<string, Promise<unknown>>>();

async function alone<T>(client: Client, pool: string, work: () => Promise<T>): Promise<T> {
  const own = queues.get(client) ?? new Map<string, Promise<unknown>>();
  queues.set(client, own);
  const before = own.get(pool) ?? Promise.resolve();
  const mine = before.then(work, work);
  own.set(pool, mine);
  return await mine;
}

/** Every backend is what the routing says: asked before green is written. Throws ROUTE_CHANGED. */
export async function requireRouting(client: Client, routing: Routing, signal: AbortSignal): Promise<void> {
  await Promise.all(
    routing.routes.map(async state => {
      const { pool, backend } = documentOf(state);
      requireUnchanged(backendOf(await readPool(client, pool, signal), backend).services ?? [], state);
    }),
  );
}

/** A run before this one may have come further on the same way than this write. */
export function isFurther(found: Services, { way = [], at = way.length }: PoolDocument): boolean {
  return way.slice(at + 1).some(services => sameServices(found, services));
}

/** The route is what was read, or a place on the way of this very switch, at which a run may have stopped. */
function requireUnchanged(found: Services, from: RouteState, to?: PoolDocument): void {
  const expected = documentOf(from);
  const known = [expected.services, ...(expected.way ?? []), ...(to?.way ?? [])];
  if (known.some(services => sameServices(found, services))) return;
  const exchange = expected.exchange ?? to?.exchange;
  if (exchange && isMixture(found, exchange)) return;
  throw marathonFailure('ROUTE_CHANGED', {
    route: from.route,
    expected: from.text,
    found: describeServices(found),
  });
}

/** Enough instances of the wanted slot are healthy now (P1, P2). */
async function requireHealthy(client: Client, wanted: PoolDocument, signal: AbortSignal): Promise<void> {
  const { slot, demand } = wanted;
  if (slot === null) return;
  const app = await readApp(client, appId(slot), signal);
  const healthy = app ? healthyTasks(app).length : 0;
  // It may have been scaled down since the plan was made.
  const size = demand === 'restore' ? Math.min(wanted.size, app?.instances ?? wanted.size) : wanted.size;
  const least = Math.max(1, size);
  if (healthy >= least) return;
  throw failure('NO_LONGER_READY', { slot, text: `${healthy} of ${least} instances are healthy` });
}

/**
 * One write, and what came of it. Edge-LB stores a pool first and deploys it then, so that it may answer 500 and have
 * done it. False: it is not there, so look again. Throws what is not that.
 */
async function attemptWrite(
  client: Client,
  pool: Pool,
  { backend, services }: Pick<PoolDocument, 'backend' | 'services'>,
  isLast: boolean,
  signal: AbortSignal,
): Promise<boolean> {
  const wanted = withServices(pool, backend, services);
  let refusal: unknown;
  try {
    await writePool(client, wanted, signal);
  } catch (error) {
    if (!isUncertain(error)) throw error;
    refusal = error;
  }
  const found = await readPool(client, pool.name, signal);
  if (sameServices(backendOf(found, backend).services ?? [], services)) {
    if (!sameElsewhere(found, wanted, backend))
      client.debug(`The pool ${pool.name} was changed elsewhere at the same time.`);
    return true;
  }
  if (isLast && hasCode(refusal, 'SERVER_ERROR')) throw refusal;
  return false;
}
