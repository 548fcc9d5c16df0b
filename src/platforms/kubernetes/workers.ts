/**
 * Targets without a route: workers that fetch their work themselves. Both slots work from the moment in which green is
 * up until blue is gone; which of them is live is told by a marker, a ConfigMap that is written as routes are.
 */
import { failure } from '../../failures.js';
import type { Change, RouteState, Routing, Slot, SwitchEvidence, Verdict } from '../../release/model.js';
import type { Roles, StillHeld } from '../port.js';
import type { Client } from './client.js';
import type { Context, Site } from './context.js';
import { requireEnoughReady } from './demands.js';
import { DOCUMENTS, type WorkersDocument } from './documents.js';
import { hasCode, isUncertain, kubernetesFailure } from './failures.js';
import { MANAGED_LABEL, SLOT_LABEL, selectorQuery } from './labels.js';
import type { KubernetesObject, Workload } from './objects.js';
import { isOfSlot, listPodsBy } from './pods.js';
import { CONFIG_MAPS } from './resources.js';
import { hasPods, isRolledOut, readWorkload, sizeToRestore } from './workloads.js';

interface Marker extends KubernetesObject {
  readonly data?: { readonly slot?: string };
}

const ATTEMPTS = 5;

/** `cutover-live.shop`: names of records have no dot. */
export function markerName(target: string): string {
  return `cutover-live.${target}`;
}

export function readMarker(client: Client, { target, namespace }: Site, signal: AbortSignal) {
  return client.get<Marker>(CONFIG_MAPS, namespace, markerName(target.name), signal);
}

export function isWorkers(state: RouteState): boolean {
  return DOCUMENTS.read(state).kind === 'Workers';
}

function documentOf(state: RouteState): WorkersDocument {
  return DOCUMENTS.readKind(state, 'Workers');
}

/**
 * The slot that is live: the one that the marker names. Before there is one, the only slot with pods that this tool did
 * not make: what it made is not live before it says so.
 */
export function liveWorkers(
  marker: Marker | undefined,
  workloads: ReadonlyMap<Slot, Workload | undefined>,
): Slot | undefined {
  const marked = marker?.data?.slot;
  if (marked !== undefined && workloads.get(marked)) return marked;
  const atWork = strangersAtWork(workloads);
  return atWork.length === 1 ? atWork[0] : undefined;
}

/** Slots that somebody else made and that have pods. */
export function strangersAtWork(workloads: ReadonlyMap<Slot, Workload | undefined>): readonly Slot[] {
  return [...workloads].flatMap(([slot, workload]) =>
    hasPods(workload) && workload?.metadata.labels?.[MANAGED_LABEL] !== 'true' ? [slot] : [],
  );
}

interface Seen extends Site {
  readonly workloads: ReadonlyMap<Slot, Workload | undefined>;
  readonly marker: Marker | undefined;
}

/** How it is now, as a routing of one route. */
export function workersState(seen: Seen): RouteState {
  const { marker, workloads } = seen;
  const slot = liveWorkers(marker, workloads) ?? null;
  const size = sizeToRestore(slot === null ? undefined : workloads.get(slot));
  return stateOf(seen, { marked: marker?.data?.slot ?? null, slot, size, demand: 'restore' });
}

function stateOf(
  { target, namespace }: Site,
  facts: Pick<WorkersDocument, 'marked' | 'slot' | 'size' | 'demand'>,
): RouteState {
  const name = markerName(target.name);
  const document = { kind: 'Workers', namespace, name, selector: null, definition: null } as const;
  return {
    route: `workers/${target.name}`,
    slot: facts.slot ?? undefined,
    text: facts.slot === null ? 'no slot is live' : `${facts.slot} is live`,
    document: DOCUMENTS.write({ ...document, ...facts }),
  };
}

/** What the marker becomes: first what is live already, where nobody wrote that down, then green. */
export function proposeWorkers(site: Site, previous: Routing, { green, way, blue }: Roles, size: number) {
  if (way === 'steps') {
    const reason = 'it has no route (routes: none), and so there are no shares to give';
    throw kubernetesFailure('STEPS_IMPOSSIBLE', { target: site.target.name, reason });
  }
  const [now] = previous.routes;
  const isUnmarked = now !== undefined && blue !== undefined && documentOf(now).marked !== blue;
  const adopted = isUnmarked ? stateOf(site, { ...documentOf(now), marked: blue, slot: blue }) : undefined;
  const next = stateOf(site, { marked: green, slot: green, size, demand: 'full' });
  const object = `ConfigMap ${site.namespace}/${markerName(site.target.name)}`;
  const changes: readonly Change[] = [
    ...(adopted ? [{ verb: 'create' as const, object, detail: `says that ${blue} is live` }] : []),
    { verb: 'route', object: next.route, detail: `${(adopted ?? now)?.text ?? 'no slot is live'} -> ${next.text}` },
  ];
  return {
    adopted: adopted && { routes: [adopted] },
    next: { routes: [next] },
    stages: [],
    changes,
  };
}

/** What a person types to go back: the marker, and no more work for the other slot. */
export function workersCommand(state: RouteState, { green }: Pick<Roles, 'green'>, kind: string): string {
  const { namespace, name, slot } = documentOf(state);
  const patch = JSON.stringify({ data: { slot } });
  const mark = `kubectl -n ${namespace} patch configmap ${name} --type=merge -p '${patch}'`;
  return `${mark} && kubectl -n ${namespace} scale ${kind.toLowerCase()} ${green} --replicas=0`;
}

/** Makes the marker what `to` says, if it still is what `from` says and the slot is whole (P1, P4). */
export async function writeWorkers(
  { client }: Context,
  target: string,
  from: RouteState,
  to: RouteState,
  signal: AbortSignal,
  held: StillHeld = async () => undefined,
): Promise<SwitchEvidence | undefined> {
  const wanted = documentOf(to);
  const { namespace, name, slot } = wanted;
  if (slot === null) throw kubernetesFailure('NO_PREVIOUS_ROUTE', routed(wanted));
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const marker = await client.get<Marker>(CONFIG_MAPS, namespace, name, signal);
    if (marker?.data?.slot === slot) return undefined;
    requireMarked(marker, from);
    const isMove = documentOf(from).slot !== slot;
    await Promise.all([isMove ? requireWhole(client, wanted, slot, signal) : undefined, held(signal)]);
    const at = client.clock.now();
    if (await mark(client, marker, wanted, signal))
      return { target, route: to.route, from: from.text, to: to.text, at, answeredInMs: client.clock.now() - at };
    await client.pause(attempt, signal);
  }
  throw kubernetesFailure('ROUTE_CONTENDED', { ...routed(wanted), attempts: ATTEMPTS });
}

/** The marker is what the routing says. Throws ROUTE_CHANGED. */
export async function requireWorkers(client: Client, state: RouteState, signal: AbortSignal): Promise<void> {
  const { namespace, name } = documentOf(state);
  requireMarked(await client.get<Marker>(CONFIG_MAPS, namespace, name, signal), state);
}

function requireMarked(marker: Marker | undefined, from: RouteState): void {
  const document = documentOf(from);
  const found = marker?.data?.slot ?? null;
  if (found === document.marked) return;
  const said = (slot: Slot | null) => slot ?? 'nothing';
  const facts = { expected: said(document.marked), found: said(found) };
  throw kubernetesFailure('ROUTE_CHANGED', { ...routed(document), ...facts });
}

function routed({ namespace, name }: WorkersDocument) {
  return { of: 'ConfigMap', service: `${namespace}/${name}` };
}

async function requireWhole(client: Client, wanted: WorkersDocument, slot: Slot, signal: AbortSignal): Promise<void> {
  const workload = await readWorkload(client, wanted.namespace, slot, signal);
  if (!workload) throw kubernetesFailure('WORKLOAD_NOT_FOUND', { namespace: wanted.namespace, slot });
  const { items } = await listPodsBy(client, wanted.namespace, selectorQuery(workload.spec.selector), signal);
  await requireEnoughReady(
    client,
    wanted,
    slot,
    items.filter(pod => isOfSlot(pod, slot)),
    signal,
  );
}

/** One conditional write. False: look again. Throws what is not that. */
async function mark(
  client: Client,
  marker: Marker | undefined,
  { namespace, name, slot }: WorkersDocument,
  signal: AbortSignal,
): Promise<boolean> {
  const metadata = marker?.metadata ?? { name, namespace, labels: { [MANAGED_LABEL]: 'true' } };
  const wanted = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { ...marker?.data, slot } };
  try {
    await (marker ? client.replace(CONFIG_MAPS, wanted, signal) : client.create(CONFIG_MAPS, wanted, signal));
    return true;
  } catch (error) {
    if (hasCode(error, 'CONFLICT', 'NOT_FOUND')) return false;
    if (!isUncertain(error)) throw error;
    return (await client.get<Marker>(CONFIG_MAPS, namespace, name, signal))?.data?.slot === slot;
  }
}

/** The marker names the slot, and all of the slot is there. */
export async function confirmWorkers({ client }: Context, state: RouteState, slot: Slot, signal: AbortSignal) {
  const { namespace, name } = documentOf(state);
  const [marker, workload] = await Promise.all([
    client.get<Marker>(CONFIG_MAPS, namespace, name, signal),
    readWorkload(client, namespace, slot, signal),
  ]);
  const marked = marker?.data?.slot ?? 'nothing';
  if (marked !== slot) return verdict('fail', `ConfigMap ${name} says that ${marked} is live, and should say ${slot}`);
  if (!workload || !isRolledOut(workload)) return verdict('fail', `not all of ${slot} is there any more`);
  return verdict('pass', `ConfigMap ${name} says that ${slot} is live, and all of it is there`);
}

function verdict(name: Verdict['verdict'], reason: string): Verdict {
  return { verdict: name, reason };
}

/** Throws STILL_LIVE when the workload is of the slot that is live, or may be (P7). */
export async function proveWorkersNotLive(
  { client }: Context,
  site: Site,
  workload: Workload,
  signal: AbortSignal,
): Promise<void> {
  const slot = workload.metadata.labels?.[SLOT_LABEL] ?? workload.metadata.name;
  const marker = await readMarker(client, site, signal);
  const marked = marker?.data?.slot;
  const name = markerName(site.target.name);
  if (marked === slot) throw failure('STILL_LIVE', { slot, reason: `ConfigMap ${name} says that it is live.` });
  const isOurs = workload.metadata.labels?.[MANAGED_LABEL] === 'true';
  if (marked === undefined && !isOurs)
    throw failure('STILL_LIVE', { slot, reason: `No ConfigMap ${name} says that another slot is.` });
}
