/**
 * The switch: a service read, its selector and nothing else changed, written whole and read back until it holds (P4),
 * right after the instances were counted again (P1). BCS has no condition for a write, and reads lag behind writes: what
 * is read that is wanted already is believed only when it is still so after the lag.
 */
import { type Failure, failure } from '../../failures.js';
import type { RouteState, Routing, SwitchEvidence } from '../../release/model.js';
import type { StillHeld } from '../port.js';
import { type Context, pauseBetween } from './context.js';
import { bcsFailure, isUncertain } from './failures.js';
import { type Labels, type Service, sameSelector, selectorText } from './objects.js';
import { isReady, listApplications, readService, readSlot } from './reads.js';
import { documentOf, knownSelectors, reached, type ServiceDocument } from './routes.js';
import { strangersAmong } from './strangers.js';

/** So often a write is made that BCS does not show: an empty answer is one of a scheduler that is not the master. */
const ATTEMPTS = 3;

/**
 * Makes one route what `to` says, if it still is what `from` says. Undefined: it was so already, and nothing was written.
 * Throws ROUTE_CHANGED, ROUTE_CONTENDED, NO_LONGER_READY or what BCS says.
 */
export async function writeRoute(
  context: Context,
  target: string,
  from: RouteState,
  to: RouteState,
  signal: AbortSignal,
  held: StillHeld = async () => undefined,
): Promise<SwitchEvidence | undefined> {
  const { clock } = context.client;
  const before = await beforeWrite(context, from, to, signal);
  if (!before) return undefined;
  const at = clock.now();
  for (let attempt = 1, service: Service | undefined = before; service; attempt++) {
    const wanted = documentOf(to);
    await Promise.all([requireReady(context, wanted, signal), requireOwn(context, wanted, signal), held(signal)]);
    const begun = clock.now();
    const lost = await write(context, service, wanted, signal);
    const answeredInMs = clock.now() - begun;
    if (await readBack(context, to, service.spec.selector, lost, signal)) {
      return { target, route: to.route, from: from.text, to: to.text, at, answeredInMs };
    }
    if (attempt >= ATTEMPTS) throw lost ?? bcsFailure('WRITE_NOT_SHOWN', { route: to.route, wanted: to.text });
    service = await beforeWrite(context, from, to, signal);
  }
  return { target, route: to.route, from: from.text, to: to.text, at, answeredInMs: clock.now() - at };
}

/** The service as it has to be for the write to be made (P4); undefined when it is what is wanted, and stays so. */
async function beforeWrite(
  context: Context,
  from: RouteState,
  to: RouteState,
  signal: AbortSignal,
): Promise<Service | undefined> {
  const wanted = documentOf(to);
  const isThere = ({ spec }: Service) => sameSelector(spec.selector, reached(wanted, spec.selector).selector);
  const service = await requireService(context, wanted, signal);
  const later = isThere(service) ? await laterService(context, wanted, isThere, signal) : service;
  if (isThere(later)) return undefined;
  requireUnchanged(later, from, to);
  return later;
}

/** Every service is what the routing says: asked before green is written. Throws ROUTE_CHANGED. */
export async function requireRouting(context: Context, routing: Routing, signal: AbortSignal): Promise<void> {
  await Promise.all(
    routing.routes.map(async state =>
      requireUnchanged(await requireService(context, documentOf(state), signal), state, state),
    ),
  );
}

async function requireService(
  { client }: Context,
  { namespace, service }: ServiceDocument,
  signal: AbortSignal,
): Promise<Service> {
  const found = await readService(client, namespace, service, signal);
  if (!found) throw bcsFailure('SERVICE_NOT_FOUND', { service, namespace });
  return found;
}

/** The service as it is once every write before now can be read; at once when it changes in between. */
async function laterService(
  context: Context,
  wanted: ServiceDocument,
  isThere: (service: Service) => boolean,
  signal: AbortSignal,
): Promise<Service> {
  const { clock } = context.client;
  const until = clock.now() + context.section['read-lag'];
  for (;;) {
    const service = await requireService(context, wanted, signal);
    if (!isThere(service) || clock.now() >= until) return service;
    await pauseBetween(context, signal);
  }
}

function requireUnchanged({ spec }: Service, from: RouteState, to: RouteState): void {
  if (knownSelectors(from, to).some(selector => sameSelector(selector, spec.selector))) return;
  throw bcsFailure('ROUTE_CHANGED', { route: from.route, expected: from.text, found: selectorText(spec.selector) });
}

/** What it selects belongs to the wanted slots, all of it (P3). */
async function requireOwn({ client }: Context, wanted: ServiceDocument, signal: AbortSignal): Promise<void> {
  const { namespace, selector, service, slots } = wanted;
  const applications = await listApplications(client, namespace, signal);
  const strangers = strangersAmong(applications, selector, slots);
  if (strangers.length > 0) throw bcsFailure('STRANGERS_SELECTED', { service, names: strangers });
}

/** Enough instances of every slot that it selects are ready now (P1, P2). */
async function requireReady({ client }: Context, wanted: ServiceDocument, signal: AbortSignal): Promise<void> {
  for (const slot of wanted.slots) {
    const { application, taskgroups } = await readSlot(client, wanted.namespace, slot, signal);
    const ready = taskgroups.filter(isReady).length;
    // It may have been scaled down since the plan was made.
    const size =
      wanted.demand === 'restore' ? Math.min(wanted.size, application?.instance ?? wanted.size) : wanted.size;
    const least = Math.max(1, size);
    if (ready < least) throw failure('NO_LONGER_READY', { slot, text: `${ready} of ${least} instances are ready` });
  }
}

/** Answers with the failure of a write of which nobody knows whether it was made: what is read back decides. */
async function write(
  { client }: Context,
  service: Service,
  { namespace, selector }: ServiceDocument,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  const { name } = service.metadata;
  const changed: Service = { ...service, spec: { ...service.spec, selector } };
  const path = `${encodeURIComponent(namespace)}/services`;
  try {
    await client.write('PUT', path, changed, `change the selector of ${name}`, signal);
    return undefined;
  } catch (error) {
    if (!isUncertain(error)) throw error;
    client.debug(`The answer to the write of ${name} says nothing; it is read back: ${error.message}`);
    return error;
  }
}

/**
 * Reads until the write is shown; false when what was before is still shown after the longest lag, so that the write is
 * lost. Something else than what was and what is wanted is somebody else's.
 */
async function readBack(
  context: Context,
  to: RouteState,
  before: Labels | null | undefined,
  lost: Failure | undefined,
  signal: AbortSignal,
): Promise<boolean> {
  const wanted = documentOf(to);
  const { clock } = context.client;
  const until = clock.now() + (lost ? 1 : 3) * context.section['read-lag'];
  for (;;) {
    const { spec } = await requireService(context, wanted, signal);
    if (sameSelector(spec.selector, wanted.selector)) return true;
    if (!sameSelector(spec.selector, before)) {
      throw bcsFailure('ROUTE_CONTENDED', { route: to.route, wanted: to.text, found: selectorText(spec.selector) });
    }
    if (clock.now() >= until) return false;
    await pauseBetween(context, signal);
  }
}
