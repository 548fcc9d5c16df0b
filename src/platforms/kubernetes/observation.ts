/** What exists for a target: its routes, the Services behind them, the pods that they select, and the workloads of its two slots. */

import type { TargetConfig } from '../../config/schema.js';
import type { RouteState, Slot, Snapshot } from '../../release/model.js';
import { type ObservedBackendRoute, observeBackendRoute } from './backends/observation.js';
import { backendStateOf } from './backends/proposal.js';
import { recordedMembers } from './belongings.js';
import { type Context, type Site, siteOf } from './context.js';
import { kubernetesFailure } from './failures.js';
import { equalLabels } from './labels.js';
import { readMembers } from './members.js';
import { namespaceDocument, requireNamespace } from './namespaces.js';
import type { Labels, Pod, Service, Workload } from './objects.js';
import { listPods } from './pods.js';
import { SERVICES } from './resources.js';
import { backendRoutes, isServiceRoute, routeName, routeState } from './routes.js';
import { selection } from './selection.js';
import { readMarker, workersState } from './workers.js';
import { readWorkload, readySize, sizeToRestore, slotKinds, versionOf, wantedSize } from './workloads.js';

interface GlancedService {
  readonly route: string;
  readonly name: string;
  /** Undefined when it does not exist yet; then `definition` is what will be created. */
  readonly service: Service | undefined;
  readonly definition: Service | undefined;
  /** The declared slot that it selects. */
  readonly slot: Slot | undefined;
  /** Slots with pods that it selects; more than one is mixed traffic. */
  readonly selected: readonly Slot[];
}

export interface ObservedService extends GlancedService {
  /** Pods that it selects now, ready or not, without those on their way out. */
  readonly pods: readonly Pod[];
}

/** What tells who is live, and how large everything is. */
export interface Glance extends Site {
  /** Routes that are Services. */
  readonly services: readonly GlancedService[];
  /** Routes that name Services. */
  readonly backends: readonly ObservedBackendRoute[];
  /** The main workload of each slot. */
  readonly workloads: ReadonlyMap<Slot, Workload | undefined>;
  /** The further workloads of each slot. */
  readonly members: ReadonlyMap<Slot, readonly Workload[]>;
  /** Of workers, which have no route: what says which slot is live. */
  readonly marker: Awaited<ReturnType<typeof readMarker>>;
}

/** The same with the pods behind the routes, which a release has to know of before it begins. */
export interface Observation extends Glance {
  readonly services: readonly ObservedService[];
}

/** Three requests for a target with one Service and slots of one workload: the Service and the two workloads. */
export async function glance(context: Context, target: TargetConfig, signal: AbortSignal): Promise<Glance> {
  const site = await siteOf(context, target);
  const { client } = context;
  const slots = [target.slots.blue, target.slots.green];
  const kinds = slotKinds(site.manifest);
  const [found, ...states] = await Promise.all([
    Promise.all(target.routes.filter(isServiceRoute).map(route => findService(context, site, route, signal))),
    ...slots.map(slot => readWorkload(client, site.namespace, slot, signal, kinds)),
  ]);
  const workloads = new Map(slots.map((slot, index) => [slot, states[index]]));
  const beside = await Promise.all(
    states.map(state => readMembers(client, site.namespace, recordedMembers(state), signal)),
  );
  const members = new Map(slots.map((slot, index) => [slot, beside[index] ?? []]));
  const services = found.map(one => ({ ...one, ...selection(one.service?.spec.selector, workloads) }));
  const backends = await Promise.all(
    backendRoutes(target).map(route => observeBackendRoute(context, site, route, workloads, signal)),
  );
  const marker = target.routes.length === 0 ? await readMarker(client, site, signal) : undefined;
  return { ...site, services, backends, workloads, members, marker };
}

/** One request more for each different selector of the target's Services. */
export async function completed(context: Context, seen: Glance, signal: AbortSignal): Promise<Observation> {
  const selectors = seen.services.map(({ service }) => service?.spec.selector ?? {});
  const lists = await selectedPods(context, seen, selectors, signal);
  return { ...seen, services: seen.services.map((one, index) => ({ ...one, pods: lists[index] ?? [] })) };
}

async function findService(context: Context, site: Site, route: string, signal: AbortSignal) {
  const { namespace, manifest } = site;
  const { name } = routeName(route);
  const service = await context.client.get<Service>(SERVICES, namespace, name, signal);
  const definition = manifest?.services.find(
    ({ metadata }) => metadata.name === name && (metadata.namespace ?? namespace) === namespace,
  );
  if (!service && !namespaceDocument(site)) await requireNamespace(context.client, namespace, signal);
  if (!service && !definition) throw kubernetesFailure('SERVICE_NOT_FOUND', { namespace, name });
  return { route, name, service, definition };
}

/** One list for each different selector. */
async function selectedPods(
  { client }: Context,
  { namespace }: Site,
  selectors: readonly Labels[],
  signal: AbortSignal,
): Promise<readonly (readonly Pod[])[]> {
  const different = selectors.filter((one, index) => selectors.findIndex(other => equalLabels(one, other)) === index);
  const lists = await Promise.all(different.map(selector => listPods(client, namespace, selector, signal)));
  return selectors.map(selector => lists[different.findIndex(one => equalLabels(one, selector))] ?? []);
}

/**
 * The observation as the story knows it. The live slot is that of the last route: routes are switched in order and put
 * back in reverse, so of a half-switched target that is the slot which a run has to treat as blue.
 */
export function snapshotOf(observation: Glance): Snapshot {
  const { target, services, backends, workloads } = observation;
  const routed = target.routes.flatMap(route => {
    const service = services.find(one => one.route === route);
    if (service) return [stateOf(observation, service)];
    return backends.filter(one => one.route === route).map(one => backendStateOf(observation, one));
  });
  const states = target.routes.length === 0 ? [workersState(observation)] : routed;
  return {
    target: target.name,
    slots: [...workloads].map(([slot, workload]) => ({
      slot,
      exists: workload !== undefined,
      size: wantedSize(workload),
      ready: readySize(workload),
      version: versionOf(workload),
    })),
    routing: { routes: states },
    live: states.findLast(({ slot }) => slot !== undefined)?.slot,
  };
}

function stateOf({ namespace, workloads }: Glance, observed: GlancedService): RouteState {
  const { route, name, service, definition, slot } = observed;
  return routeState(route, {
    kind: 'Service',
    namespace,
    name,
    selector: service ? (service.spec.selector ?? {}) : null,
    slot: slot ?? null,
    size: sizeToRestore(slot === undefined ? undefined : workloads.get(slot)),
    demand: 'restore',
    definition: service ? null : (definition ?? null),
  });
}
