/** What exists for a route that names Services: the route, and the Service that each slot is served by. */
import type { Slot } from '../../../release/model.js';
import type { Client } from '../client.js';
import type { Context, Site } from '../context.js';
import { kubernetesFailure } from '../failures.js';
import { matches } from '../labels.js';
import type { KubernetesObject, Labels, Service, Workload } from '../objects.js';
import { type Resource, SERVICES } from '../resources.js';
import { routeName } from '../routes.js';
import { selection } from '../selection.js';
import type { Backend, BackendKind, Place } from './kinds.js';
import { livePlaces, type SlotBackends, slotsServed } from './shares.js';
import { readSubsets, type Subsets } from './subsets.js';
import { backendKind } from './table.js';

/** A backend, and what it selects. */
export interface ObservedBackend extends Backend {
  /** Undefined when it does not exist (yet). */
  readonly object: Service | undefined;
  /** The manifest's, which is made with green when there is none. */
  readonly definition: Service | undefined;
  /** What it selects pods by, or will when the manifest's is made, its subset's labels included; empty for nobody's. */
  readonly selector: Labels;
}

export interface ObservedBackendRoute {
  readonly route: string;
  readonly kind: BackendKind;
  /** Of the version that the server has. */
  readonly resource: Resource;
  readonly name: string;
  /** Undefined when it does not exist yet; then `definition` is what will be created. */
  readonly object: KubernetesObject | undefined;
  readonly definition: KubernetesObject | undefined;
  readonly backends: ReadonlyMap<Slot, ObservedBackend>;
  /** Every Service or subset that it names. */
  readonly named: readonly ObservedBackend[];
  /** The places that send traffic to a slot now. */
  readonly places: readonly Place[];
  /** The slot that has all of it. */
  readonly slot: Slot | undefined;
  /** Slots that get some of it. */
  readonly selected: readonly Slot[];
}

/** One request for the route, one for each Service that it names, and one for each slot's own Service. */
export async function observeBackendRoute(
  context: Context,
  site: Site,
  route: string,
  workloads: ReadonlyMap<Slot, Workload | undefined>,
  signal: AbortSignal,
): Promise<ObservedBackendRoute> {
  const { client } = context;
  const { namespace } = site;
  const { word, name } = routeName(route);
  const kind = backendKind(word);
  if (!kind) throw kubernetesFailure('ROUTE_UNSUPPORTED', { route });
  const { object, resource } = await readRoute(client, kind, namespace, name, signal);
  const definition = site.manifest?.others.find(
    one => one.kind === kind.kind && one.metadata.name === name && (one.metadata.namespace ?? namespace) === namespace,
  );
  const source = object ?? (definition && { ...definition, metadata: { ...definition.metadata, namespace } });
  if (!source) throw kubernetesFailure('ROUTE_NOT_FOUND', { of: kind.kind, namespace, name });
  const places = kind.places(source);
  const named = await observeNamed(client, namespace, places, signal, site.manifest?.services);
  const backends = await slotBackends(client, site, named, workloads, { route: `${kind.kind} ${name}`, signal });
  const live = livePlaces(places, backends);
  // What leads to a slot that nobody has deployed yet leads nowhere.
  const selected = object ? slotsServed(live, backends).filter(slot => workloads.get(slot)) : [];
  const slot = selected.length === 1 && live.length > 0 ? selected[0] : undefined;
  return { route, kind, resource, name, object, definition, backends, named, places: live, slot, selected };
}

/** From the newest version that the server has. */
export async function readRoute(
  client: Client,
  kind: BackendKind,
  namespace: string,
  name: string,
  signal: AbortSignal,
): Promise<{ readonly object: KubernetesObject | undefined; readonly resource: Resource }> {
  const [newest] = kind.resources;
  if (!newest) throw new Error(`${kind.kind} is kept nowhere.`);
  for (const resource of kind.resources) {
    const object = await client.get<KubernetesObject>(resource, namespace, name, signal);
    if (object) return { object, resource };
  }
  return { object: undefined, resource: newest };
}

/** The Services and subsets that get traffic from a route now, whosever they are. */
export async function servedBackends(
  client: Client,
  namespace: string,
  route: string,
  signal: AbortSignal,
): Promise<readonly ObservedBackend[]> {
  return (await backendsOf(client, namespace, route, signal)).served;
}

/** The same, and the names of all Services that the route names, those that get nothing now included. */
export async function backendsOf(
  client: Client,
  namespace: string,
  route: string,
  signal: AbortSignal,
): Promise<{ readonly served: readonly ObservedBackend[]; readonly named: readonly string[] }> {
  const { word, name } = routeName(route);
  const kind = backendKind(word);
  if (!kind) throw kubernetesFailure('ROUTE_UNSUPPORTED', { route });
  const { object } = await readRoute(client, kind, namespace, name, signal);
  const places = object ? kind.places(object) : [];
  const live = places.map(place => ({ ...place, entries: place.entries.filter(({ weight }) => weight > 0) }));
  const named = places.flatMap(({ entries }) => entries.flatMap(({ backend }) => backend?.service ?? []));
  return { served: await observeNamed(client, namespace, live, signal), named };
}

async function observeNamed(
  client: Client,
  namespace: string,
  places: readonly Place[],
  signal: AbortSignal,
  definitions: readonly Service[] = [],
): Promise<readonly ObservedBackend[]> {
  const all = places.flatMap(({ entries }) => entries.flatMap(({ backend }) => backend ?? []));
  const different = all.filter(
    (one, index) => all.findIndex(other => other.service === one.service && other.subset === one.subset) === index,
  );
  const services = new Map<string, Promise<Service | undefined>>();
  for (const { service } of different)
    if (!services.has(service)) services.set(service, client.get<Service>(SERVICES, namespace, service, signal));
  const subsets = different.some(({ subset }) => subset !== undefined)
    ? await readSubsets(client, namespace, signal)
    : undefined;
  return Promise.all(different.map(async one => observed(one, await services.get(one.service), subsets, definitions)));
}

function observed(
  backend: Backend,
  object: Service | undefined,
  subsets: Subsets | undefined,
  definitions: readonly Service[],
): ObservedBackend {
  const definition = definitions.find(({ metadata }) => metadata.name === backend.service);
  const labels = backend.subset === undefined ? {} : subsets?.labelsOf(backend.service, backend.subset);
  const source = object ?? definition;
  const selector = source && labels ? { ...source.spec.selector, ...labels } : {};
  return { ...backend, object, definition, selector };
}

interface About {
  readonly route: string;
  readonly signal: AbortSignal;
}

/**
 * The backend of each slot: the Service (or the subset) that has the slot's name; else the one that the route names and
 * that selects the slot's pods; else one by the slot's name that has yet to be made. Throws BACKENDS_AMBIGUOUS.
 */
async function slotBackends(
  client: Client,
  site: Site,
  named: readonly ObservedBackend[],
  workloads: ReadonlyMap<Slot, Workload | undefined>,
  { route, signal }: About,
): Promise<ReadonlyMap<Slot, ObservedBackend>> {
  const subsetHost = named.find(({ subset }) => subset !== undefined)?.service;
  const found = await Promise.all(
    [...workloads.keys()].map(async slot => {
      const own = named.find(one => (one.subset ?? one.service) === slot);
      if (own) return [slot, own] as const;
      const selecting = named.filter(({ selector }) => selection(selector, workloads).slot === slot);
      const services = selecting.map(({ service, subset }) => subset ?? service);
      if (selecting.length > 1) throw kubernetesFailure('BACKENDS_AMBIGUOUS', { route, slot, services });
      const existing = await ownBackend(client, site, slot, subsetHost, signal);
      return [slot, selecting[0] ?? existing] as const;
    }),
  );
  return new Map(found);
}

async function ownBackend(
  client: Client,
  { namespace, manifest }: Site,
  slot: Slot,
  host: string | undefined,
  signal: AbortSignal,
): Promise<ObservedBackend> {
  const service = host ?? slot;
  const definitions = manifest?.services ?? [];
  const object = await client.get<Service>(SERVICES, namespace, service, signal);
  if (host === undefined) return observed({ service }, object, undefined, definitions);
  return observed({ service, subset: slot }, object, await readSubsets(client, namespace, signal), definitions);
}

/** Before the first release: the places that lead to a Service which will select green's pods as soon as there are any. */
export function placesOfFirst(
  { kind, object, definition, named }: ObservedBackendRoute,
  greenLabels: Labels,
): { readonly places: readonly Place[]; readonly backend: ObservedBackend } | undefined {
  const source = object ?? definition;
  const backend = named.find(({ selector }) => matches(selector, greenLabels));
  if (!source || !backend) return undefined;
  const only: SlotBackends = new Map([['', backend]]);
  return { places: livePlaces(kind.places(source), only), backend };
}
