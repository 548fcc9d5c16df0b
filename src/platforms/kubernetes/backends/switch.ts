/** The switch of a route that names Services: one conditional write of its backends and weights, and of nothing else (P4). */
import { failure } from '../../../failures.js';
import type { RouteState, SwitchEvidence } from '../../../release/model.js';
import type { StillHeld } from '../../port.js';
import type { Client } from '../client.js';
import type { Context } from '../context.js';
import { requireEnoughReady, requireNoStrangers } from '../demands.js';
import { type BackendDocument, DOCUMENTS, type ServedSlot } from '../documents.js';
import { hasCode, isUncertain, kubernetesFailure } from '../failures.js';
import { MANAGED_LABEL } from '../labels.js';
import type { KubernetesObject } from '../objects.js';
import type { Resource } from '../resources.js';
import { partsOperations } from '../routes.js';
import { listEndpoints, readyPodNames } from '../slices.js';
import { createService } from './creation.js';
import { type BackendKind, type Parts, partsAt, sameParts } from './kinds.js';
import { backendKindOf } from './table.js';

const ATTEMPTS = 5;

/** Endpoints follow pods that became ready within moments; a Service that lists too few for longer is not to be trusted. */
const ENDPOINTS_MS = 5_000;
const LOOK_AGAIN_MS = 200;

/** A document of the record, or of the plan, with its kind. */
export function routeOf(document: BackendDocument): { readonly kind: BackendKind; readonly resource: Resource } {
  const kind = backendKindOf(document.of);
  const resource = kind?.resources.find(({ version }) => version === document.version) ?? kind?.resources[0];
  if (!kind || !resource) throw kubernetesFailure('ROUTE_UNSUPPORTED', { route: `${document.of}/${document.name}` });
  return { kind, resource };
}

export function backendDocumentOf(state: RouteState): BackendDocument {
  return DOCUMENTS.readKind(state, 'Backends');
}

/**
 * Makes one route what `to` says, if it still is what `from` says. Undefined: it was so already, or is further on in the
 * same switch; nothing was written. Throws ROUTE_CHANGED, ROUTE_CONTENDED, WOULD_MIX, NO_LONGER_READY, NO_PREVIOUS_ROUTE
 * or a failure of the API.
 */
export async function writeBackends(
  context: Context,
  target: string,
  from: RouteState,
  to: RouteState,
  signal: AbortSignal,
  held: StillHeld = async () => undefined,
): Promise<SwitchEvidence | undefined> {
  const { client } = context;
  const wanted = backendDocumentOf(to);
  const { namespace, name } = wanted;
  const { kind, resource } = routeOf(wanted);
  const facts = { of: kind.kind, service: `${namespace}/${name}` };
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const object = await client.get<KubernetesObject>(resource, namespace, name, signal);
    if (isReached(kind, object, wanted)) return undefined;
    requireState(object, from, wanted);
    if (wanted.parts === null) throw kubernetesFailure('NO_PREVIOUS_ROUTE', facts);
    // After the read that the write is conditional on, and before the write: see StillHeld.
    await Promise.all([requireServed(client, wanted, signal), held(signal)]);
    const at = client.clock.now();
    if (await attemptWrite(client, { kind, resource, wanted, object, parts: wanted.parts }, signal)) {
      return { target, route: to.route, from: from.text, to: to.text, at, answeredInMs: client.clock.now() - at };
    }
    await client.pause(attempt, signal);
  }
  throw kubernetesFailure('ROUTE_CONTENDED', { ...facts, attempts: ATTEMPTS });
}

/** The route is what the routing says. Throws ROUTE_CHANGED. */
export async function requireBackends(client: Client, state: RouteState, signal: AbortSignal): Promise<void> {
  const document = backendDocumentOf(state);
  const { resource } = routeOf(document);
  requireState(await client.get<KubernetesObject>(resource, document.namespace, document.name, signal), state);
}

/** Whether a route is at this state of its switch, or at a later one. */
export function isReached(kind: BackendKind, object: KubernetesObject | undefined, wanted: BackendDocument): boolean {
  const { parts, states } = wanted;
  if (parts === null || !object) return parts === null && !object;
  const now = partsAt(kind, object, Object.keys(parts));
  if (sameParts(kind, now, parts)) return true;
  const position = states.findIndex(one => sameParts(kind, one, parts));
  return position >= 0 && states.slice(position + 1).some(one => sameParts(kind, one, now));
}

/** The route is what was read, or any state of this very switch, in which a run may have stopped. */
function requireState(object: KubernetesObject | undefined, from: RouteState, to?: BackendDocument): void {
  const expected = backendDocumentOf(from);
  const { kind } = routeOf(expected);
  const known = [expected.parts, ...expected.states, ...(to?.states ?? [])].filter(parts => parts !== null);
  const isSame = object
    ? known.some(parts => sameParts(kind, partsAt(kind, object, Object.keys(parts)), parts))
    : expected.parts === null;
  if (isSame) return;
  const pointers = Object.keys(expected.parts ?? to?.parts ?? {});
  const found = object ? JSON.stringify(partsAt(kind, object, pointers)) : 'nothing, for it does not exist';
  const service = `${expected.namespace}/${expected.name}`;
  throw kubernetesFailure('ROUTE_CHANGED', { of: kind.kind, service, expected: from.text, found });
}

/** Each Service that gets traffic selects its slot alone, and that of the wanted slot lists enough ready pods. */
async function requireServed(client: Client, wanted: BackendDocument, signal: AbortSignal): Promise<void> {
  const { namespace, served, slot } = wanted;
  await Promise.all(
    served.map(async one => {
      const { service: name, selector } = one;
      const pods = await requireNoStrangers(client, { namespace, name, selector }, [one.slot], signal);
      if (one.slot !== slot) return;
      const least = await requireEnoughReady(client, wanted, slot, pods, signal);
      await requireListed(client, wanted, one, { pods: new Set(pods.map(pod => pod.metadata.name)), least }, signal);
    }),
  );
}

/**
 * Endpoints that are there now, or come within moments. A Service that has yet to be made is made here where nothing was
 * deployed before, as on the way back to a slot.
 */
async function requireListed(
  client: Client,
  { namespace, creates }: BackendDocument,
  { service, slot }: ServedSlot,
  { pods, least }: { readonly pods: ReadonlySet<string>; readonly least: number },
  signal: AbortSignal,
): Promise<void> {
  const until = client.clock.now() + ENDPOINTS_MS;
  for (let look = 1; ; look++) {
    const { list } = await listEndpoints(client, namespace, service, signal);
    const listed = [...readyPodNames(list.items)].filter(pod => pods.has(pod)).length;
    if (listed >= least) return;
    if (look === 1 && creates) await createService(client, creates, signal);
    if (client.clock.now() >= until) {
      const text = `Service ${service} lists ${listed} of ${least} pods as ready`;
      throw failure('NO_LONGER_READY', { slot, text });
    }
    await client.clock.sleep(LOOK_AGAIN_MS, signal);
  }
}

interface Attempt {
  readonly kind: BackendKind;
  readonly resource: Resource;
  readonly wanted: BackendDocument;
  readonly object: KubernetesObject | undefined;
  readonly parts: Parts;
}

/** One conditional write. False: somebody else wrote first, so look again. Throws what is not that. */
async function attemptWrite(client: Client, attempt: Attempt, signal: AbortSignal): Promise<boolean> {
  const { kind, resource, wanted, object } = attempt;
  try {
    if (object) await patchParts(client, attempt, object, signal);
    else await createRoute(client, attempt, signal);
    return true;
  } catch (error) {
    if (hasCode(error, 'CONFLICT', 'NOT_FOUND')) return false;
    if (!isUncertain(error)) throw error;
    // The write may have arrived. What the route says now decides; a second write would be conditional again.
    const now = await client.get<KubernetesObject>(resource, wanted.namespace, wanted.name, signal);
    if (isReached(kind, now, wanted)) return true;
    const isUntouched = now?.metadata.resourceVersion === object?.metadata.resourceVersion;
    if (hasCode(error, 'SERVER_ERROR') && isUntouched) throw error;
    return false;
  }
}

/** The resourceVersion in the patch makes the server answer 409 when anything about the route has changed since the read. */
async function patchParts(
  client: Client,
  { resource, wanted: { namespace, name }, parts }: Attempt,
  object: KubernetesObject,
  signal: AbortSignal,
): Promise<void> {
  const condition = { op: 'replace', path: '/metadata/resourceVersion', value: object.metadata.resourceVersion };
  await client.patch({ resource, namespace, name }, 'json', [condition, ...partsOperations(parts)], signal);
}

async function createRoute(
  client: Client,
  { resource, wanted: { namespace, definition }, parts }: Attempt,
  signal: AbortSignal,
): Promise<void> {
  if (!definition) return;
  const { metadata } = definition;
  const labels = { ...metadata.labels, [MANAGED_LABEL]: 'true' };
  const object = withParts({ ...definition, metadata: { ...metadata, namespace, labels } }, parts);
  await client.create(resource, object, signal);
}

/** A copy of the object with these values at these pointers, which it has already. */
function withParts(object: KubernetesObject, parts: Parts): KubernetesObject {
  const copy = structuredClone(object) as KubernetesObject & Record<string, unknown>;
  for (const [pointer, value] of Object.entries(parts)) {
    const [last = '', ...path] = pointer.split('/').slice(1).reverse();
    const holder = path
      .reverse()
      .reduce<Record<string, unknown>>((at, key) => at[key] as Record<string, unknown>, copy);
    holder[last] = value;
  }
  return copy;
}
