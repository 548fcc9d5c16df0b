/**
 * Fewer instances of a slot. The platform tells a program and the routers at the same moment that an instance ends, so
 * whoever stays has to be reached before, and whoever goes is seen to be gone before anything is built on it.
 */
import type { TargetConfig } from '../../config/schema.js';
import { failure } from '../../failures.js';
import { deadline } from '../../lib/poll.js';
import type { Change, Slot } from '../../release/model.js';
import type { StillHeld } from '../port.js';
import { findApps, readSlot, readyOf, type SlotObjects, setSize, sizeOf } from './apps.js';
import { cfFailure } from './failures.js';
import type { Foundation } from './foundation.js';
import type { App } from './objects.js';
import { observe } from './observation.js';
import { type Expectation, expectAll, lackOfProof } from './probing.js';
import { titleOf } from './proposal.js';
import { requireReached } from './reach.js';
import { reachable } from './switching.js';
import { closeTemporary, openTemporary } from './temporary.js';

/** Routers follow within seconds; a minute was seen. */
const PROVED_WITHIN_MS = 90_000;

/** What is that small already is left alone. Throws APP_NOT_FOUND, NO_LONGER_READY, NOT_PROPAGATED, TAKEN_OVER. */
export async function shrinkSlot(
  foundation: Foundation,
  target: TargetConfig,
  slot: Slot,
  size: number,
  signal: AbortSignal,
  held: StillHeld = async () => undefined,
): Promise<readonly Change[]> {
  const { routes, slots } = await observe(foundation, target, signal);
  const found = slots.find(one => one.slot === slot);
  if (!found?.app) throw cfFailure('APP_NOT_FOUND', { slot });
  const now = sizeOf(found);
  if (now <= size) return [];
  const { app } = found;
  const urls = routes.filter(route => route.slots.includes(slot)).map(({ route }) => route.url);
  const work = { foundation, target, found, app, size, signal };
  const shrink = async () => {
    await held(signal);
    await setSize(foundation, app, size, signal);
  };
  if (urls.length === 0) await shrinkInPrivate(work, shrink);
  else {
    await proveOthers(work, slots, urls);
    await shrink();
    for (const url of urls) await requireProof(work, url, leaving(work, url));
  }
  return [{ verb: 'scale', object: titleOf(slot), detail: `instances ${now} -> ${size}` }];
}

interface Work {
  readonly foundation: Foundation;
  readonly target: TargetConfig;
  readonly found: SlotObjects;
  readonly app: App;
  readonly size: number;
  readonly signal: AbortSignal;
}

/**
 * No user is led to it, and none must be led to an instance that is about to end. Statistics leave those out as soon as
 * they are not wanted, so the routers say when they have gone: on a route of its own that led to all of them before.
 */
async function shrinkInPrivate(work: Work, shrink: () => Promise<void>): Promise<void> {
  const { foundation, target, found, app, signal } = work;
  const route = await openTemporary(foundation, target, found.slot, app, signal);
  await requireReached(foundation, target, found.slot, app, route, signal);
  await shrink();
  await requireProof(work, route.url, leaving(work, route.url));
  await closeTemporary(foundation, target, found.slot, signal);
}

/** The others alone could serve: as many as this slot has now are ready, and all who stay are reached by every router. */
async function proveOthers(work: Work, slots: readonly SlotObjects[], urls: readonly string[]): Promise<void> {
  const { foundation, target, found, size, signal } = work;
  for (const url of urls) {
    const all = reachable(
      url,
      slots.map(({ slot }) => slot),
      slots,
    );
    const staying = all.filter(({ app, index }) => app.guid !== work.app.guid || index < size);
    await requireProof(work, url, staying);
  }
  const apps = await findApps(foundation, target, signal);
  const [other] = [...apps].filter(([slot]) => slot !== found.slot);
  const read = other && (await readSlot(foundation, other[0], other[1], signal));
  const ready = read ? readyOf(read) : 0;
  if (ready >= sizeOf(found)) return;
  const text = `${ready} of ${sizeOf(found)} instances are running and routable`;
  throw failure('NO_LONGER_READY', { slot: other?.[0] ?? '', text });
}

function leaving({ found, app, size }: Work, url: string): readonly Expectation[] {
  return expectAll(url, app, sizeOf(found), false).filter(({ index }) => index >= size);
}

async function requireProof(
  { foundation, target, signal }: Work,
  url: string,
  expectations: readonly Expectation[],
): Promise<void> {
  using limit = deadline(signal, PROVED_WITHIN_MS, foundation.client.clock);
  const lack = await lackOfProof(foundation, target, expectations, limit.signal);
  signal.throwIfAborted();
  if (lack !== undefined) throw cfFailure('NOT_PROPAGATED', { route: url, reason: lack });
}
