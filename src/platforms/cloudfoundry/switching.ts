/**
 * The switch, in the only order that loses no request: what is missing is inserted on every route, it is proved at the
 * routers instance by instance, and only then what must go is removed. Destinations are added and taken one by one, never
 * replaced as a whole: routers would hear of those that go before those that come.
 */
import type { TargetConfig } from '../../config/schema.js';
import { afterWrites, failure } from '../../failures.js';
import { deadline } from '../../lib/poll.js';
import type { RouteState, Routing, Slot, SwitchEvidence } from '../../release/model.js';
import type { StillHeld } from '../port.js';
import { findApps, readSlot, readyOf, type SlotObjects, sizeOf } from './apps.js';
import { insertDestinations, removeDestinations } from './destinations.js';
import { cfFailure } from './failures.js';
import type { Foundation } from './foundation.js';
import { slotsIn } from './observation.js';
import { canProve, type Expectation, expectAll, lackOfProof } from './probing.js';
import { documentOf, isFurther, type RouteDocument, readDestinations, sameSlots, slotsText } from './routes.js';

/** Routers follow within seconds; a minute was seen. */
const PROVED_WITHIN_MS = 90_000;

/** A route that is to be changed, and what was there. */
interface Task {
  readonly to: RouteState;
  readonly wanted: RouteDocument;
  readonly found: readonly Slot[];
  readonly from: string;
}

/**
 * Makes all routes what `to` says, if they still are what `from` says. A route that is so already, or further on its way,
 * is left alone. Throws ROUTE_CHANGED, NOT_PROPAGATED, NO_LONGER_READY or what Cloud Foundry says, with the writes before.
 */
export async function writeRoutes(
  foundation: Foundation,
  target: TargetConfig,
  from: Routing,
  to: Routing,
  signal: AbortSignal,
  held: StillHeld = async () => undefined,
): Promise<readonly SwitchEvidence[]> {
  const written = new Map<string, SwitchEvidence>();
  const keep = (evidence: SwitchEvidence) => written.set(evidence.route, evidence);
  try {
    const slots = await slotsOf(foundation, target, signal);
    const tasks = await tasksOf(foundation, from, to, slots, signal);
    for (const task of tasks) await insertMissing(foundation, target, task, slots, { signal, held, keep });
    await healLost(foundation, target, tasks, slots, { signal, held });
    const removing = tasks.filter(({ found, wanted }) => found.some(slot => !wanted.slots.includes(slot)));
    if (removing.length === 0) return [...written.values()];
    // Every route carries what comes before any loses what goes, and those that lost it already count as well.
    await requireProof(foundation, target, to, slots, signal);
    for (const task of removing) await removeOthers(foundation, target, task, { signal, held, keep });
    return [...written.values()];
  } catch (thrown) {
    throw afterWrites(thrown, [...written.values()]);
  }
}

/** Every route is what the routing says: asked before green is written. Throws ROUTE_CHANGED. */
export async function requireRouting(
  foundation: Foundation,
  target: TargetConfig,
  routing: Routing,
  signal: AbortSignal,
): Promise<void> {
  await tasksOf(foundation, routing, routing, await slotsOf(foundation, target, signal), signal);
}

interface Making {
  readonly signal: AbortSignal;
  readonly held: StillHeld;
  readonly keep: (evidence: SwitchEvidence) => void;
}

async function slotsOf(
  foundation: Foundation,
  target: TargetConfig,
  signal: AbortSignal,
): Promise<readonly SlotObjects[]> {
  const apps = await findApps(foundation, target, signal);
  return Promise.all([...apps].map(([slot, app]) => readSlot(foundation, slot, app, signal)));
}

async function tasksOf(
  foundation: Foundation,
  from: Routing,
  to: Routing,
  slots: readonly SlotObjects[],
  signal: AbortSignal,
): Promise<readonly Task[]> {
  const tasks = await Promise.all(
    to.routes.map(async (state, index) => {
      const wanted = documentOf(state);
      const found = slotsIn(await readDestinations(foundation, wanted.guid, state.route, signal), slots);
      if (sameSlots(found, wanted.slots) || isFurther(found, wanted)) return [];
      requireUnchanged(found, from.routes[index], state);
      return [{ to: state, wanted, found, from: from.routes[index]?.text ?? slotsText(found) }];
    }),
  );
  return tasks.flat();
}

/** What was read, what is wanted, or both together: a run may have stopped between the two. */
function requireUnchanged(found: readonly Slot[], from: RouteState | undefined, to: RouteState): void {
  const before = from ? documentOf(from).slots : [];
  const { slots: wanted } = documentOf(to);
  const both = [...new Set([...before, ...wanted])];
  const later = from ? documentOf(from).later : [];
  if ([before, wanted, both, ...later].some(known => sameSlots(known, found))) return;
  throw cfFailure('ROUTE_CHANGED', { route: to.route, expected: from?.text ?? to.text, found: slotsText(found) });
}

async function insertMissing(
  foundation: Foundation,
  target: TargetConfig,
  { to, wanted, found, from }: Task,
  slots: readonly SlotObjects[],
  { signal, held, keep }: Making,
): Promise<void> {
  const { clock } = foundation.client;
  for (const slot of wanted.slots.filter(one => !found.includes(one))) {
    await Promise.all([requireReady(foundation, target, slot, wanted, signal), held(signal)]);
    const app = slots.find(one => one.slot === slot)?.app;
    if (!app) throw cfFailure('APP_NOT_FOUND', { slot });
    const at = clock.now();
    foundation.unmapped.delete(app.guid);
    await insertDestinations(foundation, wanted, app, to.route, signal);
    keep({ target: target.name, route: to.route, from, to: to.text, at, answeredInMs: clock.now() - at });
  }
}

/**
 * A router that never heard of a destination hears of it when it is inserted anew: what is there already is not sent
 * again. This is done once, after the time that routers may take, and only where something else answers meanwhile.
 */
async function healLost(
  foundation: Foundation,
  target: TargetConfig,
  tasks: readonly Task[],
  slots: readonly SlotObjects[],
  { signal, held }: Omit<Making, 'keep'>,
): Promise<void> {
  if (!(await canProve(foundation, signal))) return;
  const { client, place } = foundation;
  for (const { to, wanted, found } of tasks) {
    const missing = wanted.slots.filter(slot => !found.includes(slot));
    if (missing.length === 0 || found.length === 0) continue;
    using limit = deadline(signal, place.propagation, client.clock);
    const lack = await lackOfProof(foundation, target, reachable(wanted.url, missing, slots), limit.signal);
    signal.throwIfAborted();
    if (lack === undefined) continue;
    foundation.settings.log.warning(`The routers do not follow, so the destination is inserted anew: ${lack}.`);
    await held(signal);
    for (const { slot, app } of slots) {
      if (!app || !missing.includes(slot)) continue;
      await removeDestinations(foundation, wanted, app, to.route, signal);
      await insertDestinations(foundation, wanted, app, to.route, signal);
    }
  }
}

async function removeOthers(
  foundation: Foundation,
  target: TargetConfig,
  { to, wanted, from }: Task,
  { signal, held, keep }: Making,
): Promise<void> {
  const { clock } = foundation.client;
  for (const slot of wanted.slots) await requireReady(foundation, target, slot, wanted, signal);
  await held(signal);
  const apps = await findApps(foundation, target, signal);
  for (const [slot, app] of apps) {
    if (!app || wanted.slots.includes(slot)) continue;
    const at = clock.now();
    await removeDestinations(foundation, wanted, app, to.route, signal);
    foundation.unmapped.set(app.guid, clock.now());
    keep({ target: target.name, route: to.route, from, to: to.text, at, answeredInMs: clock.now() - at });
  }
}

/** Enough instances of a slot are ready now (P1, P2). */
async function requireReady(
  foundation: Foundation,
  target: TargetConfig,
  slot: Slot,
  wanted: RouteDocument,
  signal: AbortSignal,
): Promise<void> {
  const app = (await findApps(foundation, target, signal)).get(slot);
  const found = await readSlot(foundation, slot, app, signal);
  const ready = readyOf(found);
  // It may have been scaled down since the plan was made.
  const full = wanted.sizes?.[slot] ?? wanted.size;
  const size = wanted.demand === 'restore' ? Math.min(full, sizeOf(found) || full) : full;
  const least = Math.max(1, size);
  if (ready < least)
    throw failure('NO_LONGER_READY', { slot, text: `${ready} of ${least} instances are running and routable` });
}

/** All instances of what stays are reached through all routers, on every route. Throws NOT_PROPAGATED. */
async function requireProof(
  foundation: Foundation,
  target: TargetConfig,
  to: Routing,
  slots: readonly SlotObjects[],
  signal: AbortSignal,
): Promise<void> {
  using limit = deadline(signal, PROVED_WITHIN_MS, foundation.client.clock);
  for (const state of to.routes) {
    const { url, slots: wanted } = documentOf(state);
    const lack = await lackOfProof(foundation, target, reachable(url, wanted, slots), limit.signal);
    if (lack === undefined) continue;
    throw cfFailure('NOT_PROPAGATED', { route: state.route, reason: lack });
  }
}

/** What has to be reached at a route: each instance that is ready. */
export function reachable(url: string, wanted: readonly Slot[], slots: readonly SlotObjects[]): readonly Expectation[] {
  return slots.flatMap(({ slot, app, web, instances }) => {
    if (!app || !wanted.includes(slot)) return [];
    const all = expectAll(url, app, web?.instances ?? 1, true);
    const isUp = (index: number) =>
      instances.some(one => one.index === index && one.state === 'RUNNING' && one.routable !== false);
    return all.filter(({ index }) => isUp(index));
  });
}
