/** Taking a slot away, after proof that it is not live (P7): by its destinations, and by the routers. */
import type { TargetConfig } from '../../config/schema.js';
import { failure } from '../../failures.js';
import { deadline } from '../../lib/poll.js';
import type { Change, Slot } from '../../release/model.js';
import type { StillHeld, TeardownHow } from '../port.js';
import { deleteApp, findApp, readSlot, sizeOf, stopApp } from './apps.js';
import type { Foundation } from './foundation.js';
import { type App, label, type Route, TEMPORARY_LABEL } from './objects.js';
import { expectAll, lackOfProof } from './probing.js';
import { titleOf } from './proposal.js';
import { findRoute } from './routes.js';
import { closeTemporary } from './temporary.js';

/** Routers that follow late had their time when the switch was confirmed. */
const PROVED_WITHIN_MS = 60_000;

/** What is gone already is fine. Throws STILL_LIVE, TAKEN_OVER, or what Cloud Foundry says. */
export async function tearDown(
  foundation: Foundation,
  target: TargetConfig,
  slot: Slot,
  how: TeardownHow,
  signal: AbortSignal,
  held: StillHeld = async () => undefined,
): Promise<readonly Change[]> {
  const app = await findApp(foundation, target, slot, signal);
  if (app && how !== 'keep') await Promise.all([proveNotMapped(foundation, slot, app, signal), held(signal)]);
  await closeTemporary(foundation, target, slot, signal);
  if (!app || how === 'keep') return [];
  const found = await readSlot(foundation, slot, app, signal);
  if (app.state === 'STARTED') {
    await proveNotRouted(foundation, target, slot, app, found.web?.instances ?? 1, signal);
    await linger(foundation, app, signal);
    // While it was waited another run may have led users here.
    await Promise.all([proveNotMapped(foundation, slot, app, signal), held(signal)]);
  }
  if (how === 'delete') {
    await deleteApp(foundation, app, signal);
    return [{ verb: 'delete', object: titleOf(slot), detail: '' }];
  }
  if (app.state !== 'STARTED') return [];
  await stopApp(foundation, app, signal);
  return [{ verb: 'scale', object: titleOf(slot), detail: `instances ${sizeOf(found)} -> 0 (stopped)` }];
}

/** No route of any kind leads to it, but the one of its own that a run of this tool made. Throws STILL_LIVE. */
export async function proveNotMapped({ client }: Foundation, slot: Slot, app: App, signal: AbortSignal): Promise<void> {
  const routes = await client.list<Route>(`/v3/apps/${app.guid}/routes`, `find the routes of ${app.name}`, signal);
  const leading = routes.filter(route => label(route, TEMPORARY_LABEL) !== slot);
  if (leading.length === 0) return;
  const named = leading.map(({ url }) => url).join(', ');
  throw failure('STILL_LIVE', {
    slot,
    reason: `${leading.length === 1 ? 'the route' : 'the routes'} ${named} still lead to it`,
  });
}

/** The platform answers before its routers know: so they are asked. */
async function proveNotRouted(
  foundation: Foundation,
  target: TargetConfig,
  slot: Slot,
  app: App,
  size: number,
  signal: AbortSignal,
): Promise<void> {
  if (foundation.unmapped.get(app.guid) === null) return;
  using limit = deadline(signal, PROVED_WITHIN_MS, foundation.client.clock);
  for (const wanted of target.routes) {
    const { route } = await findRoute(foundation, wanted, signal);
    const lack = await lackOfProof(foundation, target, expectAll(route.url, app, size, false), limit.signal);
    signal.throwIfAborted();
    if (lack !== undefined) throw failure('STILL_LIVE', { slot, reason: lack });
  }
}

/** Requests that the routers passed on end by themselves, and the platform gives a program ten seconds at most. */
async function linger({ client, place, unmapped }: Foundation, app: App, signal: AbortSignal): Promise<void> {
  const since = unmapped.get(app.guid);
  if (since === null) return;
  const left = (since ?? client.clock.now()) + place.linger - client.clock.now();
  if (left > 0) await client.clock.sleep(left, signal);
}
