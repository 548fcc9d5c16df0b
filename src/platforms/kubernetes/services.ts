/** The switch: one conditional write of a Service's whole selector (P4), right after its pods were counted again (P1..P3). */
import type { RouteState, SwitchEvidence } from '../../release/model.js';
import type { StillHeld } from '../port.js';
import type { Client } from './client.js';
import type { Context } from './context.js';
import { requireEnoughReady, requireNoStrangers } from './demands.js';
import type { ServiceDocument } from './documents.js';
import { hasCode, isUncertain, kubernetesFailure } from './failures.js';
import { describeLabels, equalLabels, MANAGED_LABEL } from './labels.js';
import type { Labels, Service } from './objects.js';
import { SERVICES } from './resources.js';
import { serviceDocumentOf } from './routes.js';

const ATTEMPTS = 5;

/**
 * Makes one route what `to` says, if it still is what `from` says. Undefined: it was so already, nothing was written.
 * Throws ROUTE_CHANGED, ROUTE_CONTENDED, WOULD_MIX, NO_LONGER_READY, NO_PREVIOUS_ROUTE or a failure of the API.
 */
export async function writeService(
  context: Context,
  target: string,
  from: RouteState,
  to: RouteState,
  signal: AbortSignal,
  held: StillHeld = async () => undefined,
): Promise<SwitchEvidence | undefined> {
  const { client } = context;
  const wanted = serviceDocumentOf(to);
  const { namespace, name } = wanted;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const service = await client.get<Service>(SERVICES, namespace, name, signal);
    if (isAsWanted(service, wanted)) return undefined;
    // A run before this one may have come further already than the moment in which both slots are selected.
    if (wanted.both && service && equalLabels(service.spec.selector, wanted.both.onward)) return undefined;
    requireUnchanged(service, from, wanted);
    if (wanted.selector === null) throw kubernetesFailure('NO_PREVIOUS_ROUTE', { service: `${namespace}/${name}` });
    // After the read that the write is conditional on, and before the write: see StillHeld.
    await Promise.all([requirePods(client, serviceDocumentOf(from), wanted, wanted.selector, signal), held(signal)]);
    const at = client.clock.now();
    if (await attemptWrite(client, service, wanted, wanted.selector, signal)) {
      return { target, route: to.route, from: from.text, to: to.text, at, answeredInMs: client.clock.now() - at };
    }
    await client.pause(attempt, signal);
  }
  throw kubernetesFailure('ROUTE_CONTENDED', { service: `${namespace}/${name}`, attempts: ATTEMPTS });
}

/** The Service is what the routing says. Throws ROUTE_CHANGED. */
export async function requireService(client: Client, state: RouteState, signal: AbortSignal): Promise<void> {
  const { namespace, name } = serviceDocumentOf(state);
  requireUnchanged(await client.get<Service>(SERVICES, namespace, name, signal), state);
}

function isAsWanted(service: Service | undefined, wanted: ServiceDocument): boolean {
  if (!service || wanted.selector === null) return service === undefined && wanted.selector === null;
  return equalLabels(service.spec.selector, wanted.selector);
}

/** The route is what was read, or the overlap of this very switch, in which a run may have stopped. */
function requireUnchanged(service: Service | undefined, from: RouteState, to?: ServiceDocument): void {
  const expected = serviceDocumentOf(from);
  const known = [expected.selector, expected.overlap, to?.overlap].filter(one => one != null);
  const isSame = service
    ? known.some(selector => equalLabels(service.spec.selector, selector))
    : expected.selector === null;
  if (isSame) return;
  const found = service ? describeLabels(service.spec.selector) : 'nothing, for it does not exist';
  const facts = { service: `${expected.namespace}/${expected.name}`, expected: from.text, found };
  throw kubernetesFailure('ROUTE_CHANGED', facts);
}

/** All pods that the final selector matches are of the wanted slot, and enough of them are ready. */
async function requirePods(
  client: Client,
  from: ServiceDocument,
  wanted: ServiceDocument,
  selector: Labels,
  signal: AbortSignal,
): Promise<void> {
  const { namespace, name, slot, both } = wanted;
  if (slot === null) return;
  const pods = await requireNoStrangers(client, { namespace, name, selector }, both?.slots ?? [slot], signal);
  if (from.slot === slot && !from.both) return; // The same pods under another selector: no traffic moves, however many are ready.
  await requireEnoughReady(client, wanted, slot, pods, signal);
}

/** One conditional write. False: somebody else wrote first, so look again. Throws what is not that. */
async function attemptWrite(
  client: Client,
  service: Service | undefined,
  wanted: ServiceDocument,
  selector: Labels,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    if (service) await patchSelector(client, service, wanted, selector, signal);
    else await createService(client, wanted, selector, signal);
    return true;
  } catch (error) {
    if (hasCode(error, 'CONFLICT', 'NOT_FOUND')) return false;
    if (!isUncertain(error)) throw error;
    // The write may have arrived. What the Service says now decides; a second write would be conditional again.
    const now = await client.get<Service>(SERVICES, wanted.namespace, wanted.name, signal);
    if (isAsWanted(now, wanted)) return true;
    if (hasCode(error, 'SERVER_ERROR') && now?.metadata.resourceVersion === service?.metadata.resourceVersion)
      throw error;
    return false;
  }
}

/**
 * Replaces the whole map: a merge patch would keep old keys and could select nothing. The resourceVersion in the patch
 * makes the server answer 409 when anything about the Service has changed since it was read.
 */
async function patchSelector(
  client: Client,
  service: Service,
  { namespace, name }: ServiceDocument,
  selector: Labels,
  signal: AbortSignal,
): Promise<void> {
  const operations = [
    { op: 'replace', path: '/metadata/resourceVersion', value: service.metadata.resourceVersion },
    { op: service.spec.selector ? 'replace' : 'add', path: '/spec/selector', value: selector },
  ];
  await client.patch({ resource: SERVICES, namespace, name }, 'json', operations, signal);
}

async function createService(
  client: Client,
  { namespace, definition }: ServiceDocument,
  selector: Labels,
  signal: AbortSignal,
): Promise<void> {
  if (!definition) return;
  const { metadata } = definition;
  const labels = { ...metadata.labels, [MANAGED_LABEL]: 'true' };
  const spec = { ...(definition.spec as object), selector };
  await client.create(SERVICES, { ...definition, metadata: { ...metadata, namespace, labels }, spec }, signal);
}
