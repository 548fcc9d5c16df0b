/** What a route that names Services becomes, and the Service that green gets where it has none. Pure. */
import type { RouteState, Slot } from '../../../release/model.js';
import type { Roles } from '../../port.js';
import type { BackendDocument, ServedSlot } from '../documents.js';
import { kubernetesFailure } from '../failures.js';
import { MANAGED_LABEL } from '../labels.js';
import type { KubernetesObject, Labels, Service, ServicePort } from '../objects.js';
import type { Glance, Observation } from '../observation.js';
import { backendState } from '../routes.js';
import { nextSelector } from '../selectors.js';
import { sizeToRestore } from '../workloads.js';
import { type Parts, type Place, partsAt } from './kinds.js';
import { type ObservedBackend, type ObservedBackendRoute, placesOfFirst } from './observation.js';
import { partsFor, type Shares, type SlotBackends } from './shares.js';

/** The route as it stands, as the routing to go back to. */
export function backendStateOf({ workloads, namespace }: Glance, observed: ObservedBackendRoute): RouteState {
  const { kind, object, slot, selected, backends, places } = observed;
  const served = selected.flatMap(one => servedBy(one, backends.get(one)));
  const pointers = places.map(({ pointer }) => pointer);
  const document: BackendDocument = {
    ...common(observed, namespace),
    parts: object ? partsAt(kind, object, pointers) : null,
    selector: object ? (served.find(one => one.slot === slot)?.selector ?? {}) : null,
    slot: slot ?? null,
    size: sizeToRestore(slot === undefined ? undefined : workloads.get(slot)),
    demand: 'restore',
    served,
    states: [],
    labels: {},
    creates: null,
  };
  return backendState(observed.route, document, leadsTo(served));
}

function common({ kind, resource, name, object, definition }: ObservedBackendRoute, namespace: string) {
  const { version } = resource;
  return {
    kind: 'Backends' as const,
    of: kind.kind,
    version,
    namespace,
    name,
    definition: object ? null : (definition ?? null),
  };
}

export interface ProposedBackends {
  readonly next: RouteState;
  /** One for each share on the way. */
  readonly stages: readonly RouteState[];
  /** Green's Service, where it has yet to be made. */
  readonly creates: KubernetesObject | undefined;
}

/** Where the shares of the way are even, both slots get half: green has blue's size. */
export function sharesOnTheWay({ blue, way, shares }: Roles): readonly number[] {
  if (blue === undefined || way === 'atomic') return [];
  return way === 'overlap' ? [50] : shares;
}

/** Throws STEPS_IMPOSSIBLE, OVERLAP_IMPOSSIBLE, BACKEND_MISSING, NO_BACKENDS. */
export function proposeBackends(
  observation: Observation,
  observed: ObservedBackendRoute,
  roles: Roles,
  size: number,
  greenLabels: Labels,
): ProposedBackends {
  const { green, blue } = roles;
  requireWeights(observation, observed, roles);
  const { places, backends, own } = greenBackend(observation, observed, roles, greenLabels);
  const stateWith = (shares: Shares): Parts => partsFor(observed.kind, places, backends, shares);
  const onTheWay = sharesOnTheWay(roles).map(share => ({ [green]: share, [blue ?? '']: 100 - share }));
  const states = [...onTheWay, { [green]: 100, ...(blue === undefined ? {} : { [blue]: 0 }) }].map(stateWith);
  const toState = (parts: Parts, served: readonly ServedSlot[], text: string): RouteState => {
    const document: BackendDocument = {
      ...common(observed, observation.namespace),
      parts,
      selector: own.selector,
      slot: green,
      size,
      demand: 'full',
      served,
      states,
      labels: greenLabels,
      creates: own.creates ?? null,
    };
    return backendState(observed.route, document, text);
  };
  const served = servedBy(green, own);
  const both = [...served, ...(blue === undefined ? [] : servedBy(blue, observed.backends.get(blue)))];
  const stages = sharesOnTheWay(roles).map((share, index) =>
    toState(states[index] ?? {}, both, leadsTo(both, [share, 100 - share])),
  );
  return { next: toState(states.at(-1) ?? {}, served, leadsTo(served)), stages, creates: own.creates };
}

function requireWeights({ target }: Observation, { kind, name }: ObservedBackendRoute, { way }: Roles): void {
  if (kind.weighs || way === 'atomic') return;
  const reason = `${kind.kind} ${name} names one Service for each path and knows no weights`;
  throw kubernetesFailure(way === 'steps' ? 'STEPS_IMPOSSIBLE' : 'OVERLAP_IMPOSSIBLE', { target: target.name, reason });
}

interface GreenBackend extends ObservedBackend {
  readonly creates?: KubernetesObject | undefined;
}

/** The Service that green is served by: its own, the one that everybody is led to before the first release, or a new one. */
function greenBackend(
  observation: Observation,
  observed: ObservedBackendRoute,
  { green, blue }: Roles,
  greenLabels: Labels,
): { readonly places: readonly Place[]; readonly backends: SlotBackends; readonly own: GreenBackend } {
  const { kind, name, backends, places } = observed;
  const about = { route: `${kind.kind} ${name}`, slots: [...backends.keys()] };
  const own = backends.get(green);
  if (places.length === 0) {
    const first = placesOfFirst(observed, greenLabels);
    if (!first) throw kubernetesFailure('NO_BACKENDS', about);
    return { places: first.places, backends: new Map([[green, first.backend]]), own: first.backend };
  }
  if (!own || (own.subset !== undefined && Object.keys(own.selector).length === 0))
    throw kubernetesFailure('BACKEND_MISSING', { ...about, slot: green, service: own?.service ?? green });
  if (own.object || own.definition) return { places, backends, own };
  const creates = newService(
    observation,
    own.service,
    blue === undefined ? undefined : backends.get(blue),
    greenLabels,
    blue,
  );
  if (!creates) throw kubernetesFailure('BACKEND_MISSING', { ...about, slot: green, service: own.service });
  return { places, backends, own: { ...own, selector: creates.spec.selector ?? {}, creates } };
}

/** Like blue's Service, or like the only one of the manifest; for green's pods alone. */
function newService(
  { manifest, namespace, workloads }: Observation,
  name: string,
  blue: ObservedBackend | undefined,
  greenLabels: Labels,
  blueSlot: Slot | undefined,
): Service | undefined {
  const [only, ...others] = manifest?.services ?? [];
  const like = blue?.object ?? (others.length === 0 ? only : undefined);
  if (!like) return undefined;
  const { labels } = like.metadata;
  const { ports, sessionAffinity, sessionAffinityConfig } = like.spec;
  const blueLabels = blueSlot === undefined ? undefined : workloads.get(blueSlot)?.spec.template.metadata?.labels;
  const selector = nextSelector(like.spec.selector ?? {}, greenLabels, blueLabels);
  const affinity = {
    ...(sessionAffinity ? { sessionAffinity } : {}),
    ...(sessionAffinityConfig ? { sessionAffinityConfig } : {}),
  };
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace, labels: { ...labels, [MANAGED_LABEL]: 'true' } },
    spec: {
      selector,
      ports: (ports ?? []).map(({ nodePort: _ofBlue, ...port }: ServicePort & { readonly nodePort?: number }) => port),
      ...affinity,
    },
  };
}

function servedBy(slot: Slot, backend: ObservedBackend | undefined): readonly ServedSlot[] {
  if (!backend) return [];
  const { service, selector, subset } = backend;
  return [{ slot, service, selector, isShared: subset !== undefined }];
}

/** `shop-green`, or `10 % shop-green, 90 % shop-blue`. */
function leadsTo(served: readonly ServedSlot[], shares: readonly number[] = []): string {
  if (served.length === 0) return 'no slot';
  return served
    .map(({ slot }, index) => (shares[index] === undefined ? slot : `${shares[index]} % ${slot}`))
    .join(', ');
}

/** What green's pods have to carry so that the Services which exist for green select them. */
export function labelsForBackends({ backends }: Observation, green: Slot): Labels {
  return Object.assign({}, ...backends.map(one => one.backends.get(green)?.selector ?? {}));
}

/** Services that blue is served by and that must not come to select green: their selectors are left as they are. */
export function blueServices({ backends, services }: Observation, blue: Slot | undefined): readonly ObservedBackend[] {
  const all = backends.flatMap(one => (blue === undefined ? [] : (one.backends.get(blue) ?? [])));
  return all.filter(
    ({ object, service }, index) =>
      object !== undefined &&
      all.findIndex(other => other.service === service) === index &&
      !services.some(({ name }) => name === service),
  );
}
