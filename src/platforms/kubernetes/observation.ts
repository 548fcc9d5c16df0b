/** What exists for a target: its Services, the pods that they select, and the workloads of its two slots. */

import type { TargetConfig } from '../../config/schema.js';
import type { RouteState, Slot, Snapshot } from '../../release/model.js';
import { type Context, type Site, siteOf } from './context.js';
import { kubernetesFailure } from './failures.js';
import { equalLabels, matches } from './labels.js';
import type { Labels, Pod, Service, Workload } from './objects.js';
import { listPods } from './pods.js';
import { NAMESPACES, SERVICES } from './resources.js';
import { routeState, serviceName } from './routes.js';
import { hasPods, readWorkload, readySize, versionOf, wantedSize } from './workloads.js';

export interface ObservedService {
  readonly route: string;
  readonly name: string;
  /** Undefined when it does not exist yet; then `definition` is what will be created. */
  readonly service: Service | undefined;
  readonly definition: Service | undefined;
  /** Pods that it selects now, ready or not, without those on their way out. */
  readonly pods: readonly Pod[];
  /** The declared slot that it selects. */
  readonly slot: Slot | undefined;
  /** Slots with pods that it selects; more than one is mixed traffic. */
  readonly selected: readonly Slot[];
}

export interface Observation extends Site {
  readonly services: readonly ObservedService[];
  readonly workloads: ReadonlyMap<Slot, Workload | undefined>;
}

/** Four requests for a target with one Service: the Service, two workloads, and the pods that it selects. */
export async function observe(context: Context, target: TargetConfig, signal: AbortSignal): Promise<Observation> {
  const site = await siteOf(context, target);
  const { client } = context;
  const slots = [target.slots.blue, target.slots.green];
  const [found, ...states] = await Promise.all([
    Promise.all(target.routes.map(route => findService(context, site, route, signal))),
    ...slots.map(slot => readWorkload(client, site.namespace, slot, signal)),
  ]);
  const workloads = new Map(slots.map((slot, index) => [slot, states[index]]));
  const lists = await selectedPods(
    context,
    site,
    found.map(({ service }) => service?.spec.selector ?? {}),
    signal,
  );
  const services = found.map((one, index) => ({
    ...one,
    pods: lists[index] ?? [],
    ...selection(one.service?.spec.selector, workloads),
  }));
  return { ...site, services, workloads };
}

async function findService(context: Context, site: Site, route: string, signal: AbortSignal) {
  const { namespace, manifest } = site;
  const name = serviceName(route);
  const service = await context.client.get<Service>(SERVICES, namespace, name, signal);
  const definition = manifest?.services.find(
    ({ metadata }) => metadata.name === name && (metadata.namespace ?? namespace) === namespace,
  );
  if (!service && !definition) {
    await requireNamespace(context, namespace, signal);
    throw kubernetesFailure('SERVICE_NOT_FOUND', { namespace, name });
  }
  return { route, name, service, definition };
}

/** Only to say the right thing: not everybody may read namespaces, and then the Service is what is missing. */
async function requireNamespace({ client }: Context, namespace: string, signal: AbortSignal): Promise<void> {
  const unknown = Symbol('unknown');
  const found = await client.get(NAMESPACES, undefined, namespace, signal).catch((): typeof unknown => unknown);
  signal.throwIfAborted();
  if (found === undefined) throw kubernetesFailure('NAMESPACE_NOT_FOUND', { namespace });
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
 * The slot whose pods a selector selects: of the slots whose template it matches, the one that has pods; if none has,
 * the only one that it matches. Both with pods is mixed traffic, and then no slot is live.
 */
export function selection(selector: Labels | undefined, workloads: ReadonlyMap<Slot, Workload | undefined>) {
  const matching = [...workloads].filter(([, workload]) => matches(selector, workload?.spec.template.metadata?.labels));
  const selected = matching.filter(([, workload]) => hasPods(workload)).map(([slot]) => slot);
  const candidates = selected.length ? selected : matching.map(([slot]) => slot);
  return { slot: candidates.length === 1 ? candidates[0] : undefined, selected };
}

/**
 * The observation as the story knows it. The live slot is that of the last route: routes are switched in order and put
 * back in reverse, so of a half-switched target that is the slot which a run has to treat as blue.
 */
export function snapshotOf(observation: Observation): Snapshot {
  const { target, services, workloads } = observation;
  return {
    target: target.name,
    slots: [...workloads].map(([slot, workload]) => ({
      slot,
      exists: workload !== undefined,
      size: wantedSize(workload),
      ready: readySize(workload),
      version: versionOf(workload),
    })),
    routing: { routes: services.map(service => stateOf(observation, service)) },
    live: services.findLast(({ slot }) => slot !== undefined)?.slot,
  };
}

function stateOf({ namespace, workloads }: Observation, observed: ObservedService): RouteState {
  const { route, name, service, definition, slot } = observed;
  const workload = slot === undefined ? undefined : workloads.get(slot);
  // A live slot that is short of pods already must not keep anybody from coming back to it.
  const isWhole = readySize(workload) >= wantedSize(workload);
  return routeState(route, {
    kind: 'Service',
    namespace,
    name,
    selector: service ? (service.spec.selector ?? {}) : null,
    slot: slot ?? null,
    size: isWhole ? wantedSize(workload) : 1,
    demand: 'restore',
    definition: service ? null : (definition ?? null),
  });
}
