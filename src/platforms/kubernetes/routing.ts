/** What the routes of a target become, on the way to green and at the end. Pure. */
import type { Change, Routing, Slot, Stage } from '../../release/model.js';
import type { Roles } from '../port.js';
import { type ProposedBackends, proposeBackends, sharesOnTheWay } from './backends/proposal.js';
import { kubernetesFailure } from './failures.js';
import { TEMPLATE_HASH_LABEL } from './labels.js';
import { type Labels, title } from './objects.js';
import type { Observation, ObservedService } from './observation.js';
import { documentOf, isServiceRoute, routeState, serviceDocumentOf } from './routes.js';
import type { Transition } from './selectors.js';
import { proposeWorkers } from './workers.js';

export interface ProposedRouting {
  readonly adopted: Routing | undefined;
  readonly next: Routing;
  readonly stages: readonly Stage[];
  /** Services that green gets, and every write of the switch. */
  readonly changes: readonly Change[];
}

/** Throws STEPS_IMPOSSIBLE, OVERLAP_IMPOSSIBLE, BACKEND_MISSING, NO_BACKENDS. */
export function proposeRouting(
  observation: Observation,
  previous: Routing,
  roles: Roles,
  size: number,
  found: Transition,
): ProposedRouting {
  if (observation.target.routes.length === 0) return proposeWorkers(observation, previous, roles, size);
  if (roles.way === 'steps') requireWeights(observation);
  const shared = roles.way === 'overlap' ? overlapSelector(observation, roles, found) : undefined;
  const backends = new Map(
    observation.backends.map(one => [one.route, proposeBackends(observation, one, roles, size, found.greenLabels)]),
  );
  const next = nextRouting(observation, backends, found.next, roles.green, size, shared);
  const adopted = found.adopts ? adoptedRouting(observation, previous, found.adopted) : undefined;
  const stages = stagesOf(next, backends, roles, shared);
  return { next, adopted, stages, changes: changesOf(previous, adopted, stages, next, [...backends.values()]) };
}

/** Throws STEPS_IMPOSSIBLE, on a first release too: it is better known before there is something to be moved. */
function requireWeights({ target, services }: Observation): void {
  const [first] = services;
  if (!first) return;
  const reason = `Service ${first.name} selects pods and knows no shares`;
  throw kubernetesFailure('STEPS_IMPOSSIBLE', { target: target.name, reason });
}

/**
 * Every label that blue and green share: the narrowest selector that selects both. Undefined on a first release.
 * Throws OVERLAP_IMPOSSIBLE where there is none, or where a Service has yet to be created.
 */
function overlapSelector(observation: Observation, { blue, green: _ }: Roles, { greenLabels }: Transition) {
  if (blue === undefined || observation.services.length === 0) return undefined;
  const impossible = (reason: string) =>
    kubernetesFailure('OVERLAP_IMPOSSIBLE', { target: observation.target.name, reason });
  const missing = observation.services.find(({ service }) => !service);
  if (missing) throw impossible(`Service ${missing.name} does not exist yet`);
  const labels = observation.workloads.get(blue)?.spec.template.metadata?.labels ?? {};
  const shared = Object.entries(labels).filter(
    ([key, value]) => key !== TEMPLATE_HASH_LABEL && greenLabels[key] === value,
  );
  if (shared.length === 0) throw impossible(`the pods of ${blue} and of green have no label in common`);
  return Object.fromEntries(shared);
}

function nextRouting(
  { target, services, namespace }: Observation,
  backends: ReadonlyMap<string, ProposedBackends>,
  selectors: readonly Labels[],
  slot: Slot,
  size: number,
  overlap: Labels | undefined,
): Routing {
  const stateOf = ({ route, name, service, definition }: ObservedService, index: number) =>
    routeState(route, {
      kind: 'Service',
      namespace,
      name,
      selector: selectors[index] ?? {},
      slot,
      size,
      demand: 'full',
      ...(overlap ? { overlap } : {}),
      definition: service ? null : (definition ?? null),
    });
  const routes = target.routes.flatMap(route => {
    const index = services.findIndex(one => one.route === route);
    const service = services[index];
    return (service ? stateOf(service, index) : backends.get(route)?.next) ?? [];
  });
  return { routes };
}

/** The way from blue to green: both slots behind each Service at once, or the shares that the backends get. */
function stagesOf(
  next: Routing,
  backends: ReadonlyMap<string, ProposedBackends>,
  roles: Roles,
  shared: Labels | undefined,
): readonly Stage[] {
  const { blue = '', green, way } = roles;
  return sharesOnTheWay(roles).map((share, index) => {
    const routes = next.routes.flatMap(state => {
      if (!isServiceRoute(state.route)) return backends.get(state.route)?.stages[index] ?? [];
      const document = serviceDocumentOf(state);
      const both = { slots: [green, blue], onward: document.selector ?? {} };
      return shared ? routeState(state.route, { ...document, selector: shared, both }) : [];
    });
    return { routing: { routes }, share: way === 'steps' ? share : undefined };
  });
}

/** The previous routing with narrower selectors, for the same pods. */
function adoptedRouting({ services }: Observation, previous: Routing, selectors: readonly Labels[]): Routing {
  const routes = previous.routes.map(state => {
    const index = services.findIndex(({ route }) => route === state.route);
    if (index < 0) return state;
    const document = serviceDocumentOf(state);
    const selector = document.selector === null ? null : (selectors[index] ?? document.selector);
    return routeState(state.route, { ...document, selector });
  });
  return { routes };
}

function changesOf(
  previous: Routing,
  adopted: Routing | undefined,
  stages: readonly Stage[],
  next: Routing,
  backends: readonly ProposedBackends[],
): readonly Change[] {
  const now = adopted ?? previous;
  const made = backends.flatMap(({ creates }) => (creates ? [title(creates)] : []));
  const onTheWay = stages.map(({ routing }) => routing);
  return [
    ...[...new Set(made)].map(object => ({ verb: 'create' as const, object, detail: "for green's pods alone" })),
    ...(adopted ? writes(previous, adopted, ' (the same pods)') : []),
    ...[...onTheWay, next].flatMap((routing, index) => {
      const both = routing !== next && stages[index]?.share === undefined ? ' (both slots)' : '';
      return writes(onTheWay[index - 1] ?? now, routing, both);
    }),
  ];
}

function writes(from: Routing, to: Routing, remark: string): readonly Change[] {
  return to.routes.flatMap((state, index) => {
    const before = from.routes[index]?.text ?? 'does not exist';
    if (before === state.text) return [];
    const what = documentOf(state).kind === 'Service' ? 'selector ' : '';
    return [{ verb: 'route' as const, object: state.route, detail: `${what}${before} -> ${state.text}${remark}` }];
  });
}
