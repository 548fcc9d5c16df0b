/**
 * The switch: a service read, its selector and nothing else changed, written whole and read back until it holds (P4),
 * right after the instances were counted again (P1). BCS has no condition for a write, and reads lag behind writes: what
 * is read that is wanted already is believed only when it is still so after the lag.
 */
import { failure } from '../../failures.js';
import type { RouteState, Routing, SwitchEvidence } from '../../release/model.js';
import type { StillHeld } from '../port.js';
import { type Context, pauseBetween } from './context.js';
import { bcsFailure, isUncertain } from './failures.js';
import { type Labels, type Service, sameSelector, selectorText } from './objects.js';
import { isReady, readService, readSlot } from './reads.js';
import { documentOf, type ServiceDocument } from './routes.js';

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
  const wanted = documentOf(to);
  let service = await requireService(context, wanted, signal);
  if (sameSelector(service.spec.selector, wanted.selector)) {
    service = await laterService(context, wanted, signal);
    if (sameSelector(service.spec.selector, wanted.selector)) return undefined;
  }
  requireUnchanged(service, from, to);
  await Promise.all([requireReady(context, wanted, signal), held(signal)]);
  const at = context.client.clock.now();
  const answeredInMs = await write(context, service, wanted, signal);
  await readBack(context, to, service.spec.selector ?? {}, signal);
  return { target, route: to.route, from: from.text, to: to.text, at, answeredInMs };
}

/** Every service is what the routing says: asked before green is written. Throws ROUTE_CHANGED. */
export async function requireRouting(context: Context, routing: Routing, signal: AbortSignal): Promise<void> {
  await Promise.all(
    routing.routes.map(async state =>
      requireUnchanged(await requireService(context, documentOf(state), signal), state),
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
async function laterService(context: Context, wanted: ServiceDocument, signal: AbortSignal): Promise<Service> {
  const { clock } = context.client;
  const until = clock.now() + context.section['read-lag'];
  for (;;) {
    const service = await requireService(context, wanted, signal);
    if (!sameSelector(service.spec.selector, wanted.selector) || clock.now() >= until) return service;
    await pauseBetween(context, signal);
  }
}

function requireUnchanged({ spec }: Service, from: RouteState, to?: RouteState): void {
  const known = [documentOf(from).selector, ...(to ? [documentOf(to).selector] : [])];
  if (known.some(selector => sameSelector(selector, spec.selector))) return;
  throw bcsFailure('ROUTE_CHANGED', { route: from.route, expected: from.text, found: selectorText(spec.selector) });
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

/** Answers how long the answer took. A write whose answer was lost is decided by what is read back. */
async function write(
  { client }: Context,
  service: Service,
  { namespace, selector }: ServiceDocument,
  signal: AbortSignal,
): Promise<number> {
  const begun = client.clock.now();
  const { name } = service.metadata;
  const changed: Service = { ...service, spec: { ...service.spec, selector } };
  try {
    await client.write(
      'PUT',
      `${encodeURIComponent(namespace)}/services`,
      changed,
      `change the selector of ${name}`,
      signal,
    );
  } catch (error) {
    if (!isUncertain(error)) throw error;
    client.debug(`The answer to the write of ${name} says nothing; it is read back.`);
  }
  return client.clock.now() - begun;
}

/** Reads until the write is shown. Something else than what was and what is wanted is somebody else's. */
async function readBack(context: Context, to: RouteState, before: Labels, signal: AbortSignal): Promise<void> {
  const wanted = documentOf(to);
  const { clock } = context.client;
  const until = clock.now() + 3 * context.section['read-lag'];
  for (;;) {
    const { spec } = await requireService(context, wanted, signal);
    if (sameSelector(spec.selector, wanted.selector)) return;
    const isOld = sameSelector(spec.selector, before);
    if (!isOld || clock.now() >= until) {
      throw bcsFailure('ROUTE_CONTENDED', { route: to.route, wanted: to.text, found: selectorText(spec.selector) });
    }
    await pauseBetween(context, signal);
  }
}
