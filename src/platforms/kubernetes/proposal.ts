/** What green and the routing would become, computed from an observation. Pure. */
import { count } from '../../lib/units.js';
import type { Change, Routing, Slot } from '../../release/model.js';
import type { Proposal, Roles } from '../port.js';
import { recordedCompanions } from './companions.js';
import { kubernetesFailure } from './failures.js';
import { companionKinds, fitLabels, type Green, greenWorkload, manifestLabels, manifestSize } from './green.js';
import { describeLabels, SLOT_LABEL, TEMPLATE_HASH_LABEL } from './labels.js';
import { type KubernetesObject, type Labels, title, type Workload } from './objects.js';
import type { Observation } from './observation.js';
import { isRoutingKind } from './resources.js';
import { documentOf, patchCommand, routeState } from './routes.js';
import { type Transition, transition } from './selectors.js';
import { versionOf, wantedSize } from './workloads.js';

/** Who is who; the part of `Roles` that selectors depend on. */
export type Parts = Pick<Roles, 'blue' | 'green' | 'version'>;

/**
 * Whether green is there already, of the wanted version: deployed by an earlier job, or the slot that a rollback goes
 * back to. Its labels are then a fact and not a choice.
 */
function isDeployed({ workloads, manifest }: Observation, { green, version }: Parts): boolean {
  const existing = workloads.get(green);
  return existing !== undefined && (!manifest || version === undefined || versionOf(existing) === version);
}

/** Green's labels and all selectors. Throws WORKLOAD_NOT_FOUND when there is neither a manifest nor a green. */
export function transitionOf(observation: Observation, parts: Parts): Transition {
  const { services, workloads, manifest, namespace } = observation;
  const { blue, green } = parts;
  const fixed = isDeployed(observation, parts);
  const existing = workloads.get(green)?.spec.template.metadata?.labels;
  const labels = fixed ? existing : manifest && manifestLabels(manifest);
  if (!labels) throw kubernetesFailure('WORKLOAD_NOT_FOUND', { namespace, slot: green });
  const selecting = services.map(({ name, service, definition, pods }) => ({
    name,
    exists: service !== undefined,
    selector: service?.spec.selector ?? definition?.spec.selector ?? {},
    podLabels: pods.map(pod => pod.metadata.labels ?? {}),
  }));
  const blueLabels = blue === undefined ? undefined : workloads.get(blue)?.spec.template.metadata?.labels;
  return transition(selecting, { slot: green, labels, fixed }, blueLabels);
}

/** Everything that green and the routes become. `previous` is the routing of the snapshot that the roles came from. */
export function propose(observation: Observation, previous: Routing, roles: Roles): Proposal {
  const found = transitionOf(observation, roles);
  const size = sizeOf(observation, roles);
  if (roles.way === 'steps') requireWeights(observation);
  const shared = roles.way === 'overlap' ? overlapSelector(observation, roles, found) : undefined;
  const next = nextRouting(observation, found.next, roles.green, size, shared);
  const overlap = shared && overlapRouting(next, [roles.green, roles.blue ?? ''], shared);
  const adopted = found.adopts ? adoptedRouting(previous, found.adopted) : undefined;
  return {
    size,
    next,
    adopted,
    stages: overlap ? [{ routing: overlap, share: undefined }] : [],
    changes: [
      ...deployChanges(observation, roles, found, size),
      ...routeChanges(previous, adopted, overlap, next),
      ...teardownChanges(observation, roles),
    ],
    rollbackCommand: roles.blue === undefined ? undefined : patchCommand(adopted ?? previous),
  };
}

/** Throws STEPS_IMPOSSIBLE, on a first release too: it is better known before there is something to be moved. */
function requireWeights({ target, services }: Observation): void {
  const [first] = services;
  if (!first) return;
  const reason = `Service ${first.name} selects pods and knows no shares`;
  throw kubernetesFailure('STEPS_IMPOSSIBLE', { target: target.name, reason });
}

/** The size that the roles ask for, else the manifest's, else what green has already. */
function sizeOf({ manifest, workloads }: Observation, { size, green }: Roles): number {
  if (size !== undefined && size > 0) return size;
  return manifest ? manifestSize(manifest) : wantedSize(workloads.get(green));
}

function nextRouting(
  { services, namespace }: Observation,
  selectors: readonly Labels[],
  slot: Slot,
  size: number,
  overlap: Labels | undefined,
): Routing {
  const routes = services.map(({ route, name, service, definition }, index) =>
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
    }),
  );
  return { routes };
}

/**
 * Every label that blue and green share: the narrowest selector that selects both. Undefined on a first release.
 * Throws OVERLAP_IMPOSSIBLE where there is none, or where a Service has yet to be created.
 */
function overlapSelector(observation: Observation, { blue, green }: Parts, { greenLabels }: Transition) {
  if (blue === undefined) return undefined;
  const impossible = (reason: string) =>
    kubernetesFailure('OVERLAP_IMPOSSIBLE', { target: observation.target.name, reason });
  const missing = observation.services.find(({ service }) => !service);
  if (missing) throw impossible(`Service ${missing.name} does not exist yet`);
  const labels = observation.workloads.get(blue)?.spec.template.metadata?.labels ?? {};
  const shared = Object.entries(labels).filter(
    ([key, value]) => key !== TEMPLATE_HASH_LABEL && greenLabels[key] === value,
  );
  if (shared.length === 0) throw impossible(`the pods of ${blue} and ${green} have no label in common`);
  return Object.fromEntries(shared);
}

function overlapRouting(next: Routing, slots: readonly Slot[], selector: Labels): Routing {
  const routes = next.routes.map(state => {
    const document = documentOf(state);
    return routeState(state.route, { ...document, selector, both: { slots, onward: document.selector ?? {} } });
  });
  return { routes };
}

/** The previous routing with narrower selectors, for the same pods. */
function adoptedRouting(previous: Routing, selectors: readonly Labels[]): Routing {
  const routes = previous.routes.map((state, index) => {
    const document = documentOf(state);
    const selector = document.selector === null ? null : (selectors[index] ?? document.selector);
    return routeState(state.route, { ...document, selector });
  });
  return { routes };
}

function deployChanges(observation: Observation, roles: Roles, found: Transition, size: number): readonly Change[] {
  const { manifest, target, namespace, workloads, services } = observation;
  const existing = workloads.get(roles.green);
  if (!manifest || isDeployed(observation, roles)) return existing ? sizeChange(existing, size) : [];
  const { labels, selector } = shapeOf(existing, found.greenLabels, liveSelectors(observation, found));
  const green: Green = { slot: roles.green, namespace, version: roles.version ?? '', size, labels, selector };
  const wanted = greenWorkload(manifest, target, green);
  const routed = new Set<unknown>(services.map(({ definition }) => definition));
  const kept = selector === undefined ? undefined : existing;
  return [
    ...manifest.others.filter(object => !routed.has(object)).map(object => sharedChange(object, namespace)),
    ...(existing && !kept ? [recreation(existing)] : []),
    workloadChange(wanted, kept),
    ...(manifest.autoscaler
      ? [companionChange(manifest.autoscaler, green, ` with at least ${count(size, 'pod')}`)]
      : []),
    ...(manifest.budget ? [companionChange(manifest.budget, green, '')] : []),
    ...(existing ? companionDeletions(existing, kind => !companionKinds(manifest).includes(kind)) : []),
  ];
}

/** What this tool applied beside a workload and would delete; what others put there is only found at that time. */
function companionDeletions(workload: Workload, isDoomed: (kind: string) => boolean): readonly Change[] {
  const { name, namespace } = workload.metadata;
  const doomed = (recordedCompanions(workload) ?? []).filter(isDoomed);
  return doomed.map(kind => ({ verb: 'delete', object: `${kind} ${namespace}/${name}`, detail: '' }));
}

/** What Services that exist will select until the switch. */
function liveSelectors({ services }: Observation, { adopted }: Transition): readonly Labels[] {
  return services.flatMap(({ service }, index) => {
    const selector = adopted[index];
    return service && selector ? [selector] : [];
  });
}

/** The labels and the selector of an existing workload, if they can be made to fit; else those of a new one. */
export function shapeOf(existing: Workload | undefined, labels: Labels, live: readonly Labels[]) {
  const fitted = existing && fitLabels(labels, existing.spec.selector, live);
  return fitted ? { labels: fitted, selector: existing.spec.selector } : { labels, selector: undefined };
}

function sizeChange(existing: Workload, size: number): readonly Change[] {
  const now = wantedSize(existing);
  if (now >= size) return [];
  return [{ verb: 'scale', object: title(existing), detail: `replicas ${now} -> ${size}` }];
}

function sharedChange(object: KubernetesObject, namespace: string): Change {
  const named = sharedTitle(object, namespace);
  if (isRoutingKind(object.kind)) return { verb: 'create', object: named, detail: 'only if it does not exist' };
  return { verb: 'update', object: named, detail: 'as the manifest says' };
}

export function companionChange({ kind }: KubernetesObject, green: Green, detail: string): Change {
  return { verb: 'update', object: `${kind} ${green.namespace}/${green.slot}`, detail: `for ${green.slot}${detail}` };
}

function sharedTitle(object: Parameters<typeof title>[0], namespace: string): string {
  return title({ ...object, metadata: { ...object.metadata, namespace: object.metadata.namespace ?? namespace } });
}

/** Why an existing green has to go first. */
export function recreation(existing: Workload): Change {
  const selector = describeLabels(existing.spec.selector.matchLabels);
  return {
    verb: 'delete',
    object: title(existing),
    detail: `its selector (${selector}) cannot be changed and does not fit the new labels, so it is made anew`,
  };
}

/** Old -> new of what people look for: version, size and images. */
export function workloadChange(wanted: Workload, existing: Workload | undefined): Change {
  const parts = [
    difference('version', versionOf(existing), versionOf(wanted)),
    difference('replicas', existing && String(wantedSize(existing)), String(wantedSize(wanted))),
    ...wanted.spec.template.spec.containers.map(({ name, image }) => {
      const before = existing?.spec.template.spec.containers.find(container => container.name === name);
      return difference(`image of ${name}`, before?.image, image);
    }),
  ];
  return { verb: existing ? 'update' : 'create', object: title(wanted), detail: parts.flat().join(', ') };
}

function difference(what: string, before: string | undefined, after: string | undefined): readonly string[] {
  if (before === after) return [];
  return [before === undefined ? `${what} ${after}` : `${what} ${before} -> ${after}`];
}

function routeChanges(
  previous: Routing,
  adopted: Routing | undefined,
  overlap: Routing | undefined,
  next: Routing,
): readonly Change[] {
  const now = adopted ?? previous;
  return [
    ...(adopted ? steps(previous, adopted, ' (the same pods)') : []),
    ...(overlap ? steps(now, overlap, ' (both slots)') : []),
    ...steps(overlap ?? now, next, ''),
  ];
}

function steps(from: Routing, to: Routing, remark: string): readonly Change[] {
  return to.routes.flatMap((state, index) => {
    const before = from.routes[index]?.text ?? 'does not exist';
    if (before === state.text) return [];
    return [{ verb: 'route' as const, object: state.route, detail: `selector ${before} -> ${state.text}${remark}` }];
  });
}

function teardownChanges({ namespace, workloads }: Observation, { blue, teardown }: Roles): readonly Change[] {
  const workload = blue === undefined ? undefined : workloads.get(blue);
  if (!workload || teardown === 'keep') return [];
  const object = `${workload.kind} ${namespace}/${blue}`;
  if (teardown === 'delete')
    return [...companionDeletions(workload, () => true), { verb: 'delete', object, detail: '' }];
  const autoscaler = companionDeletions(workload, kind => kind === 'HorizontalPodAutoscaler');
  return [...autoscaler, { verb: 'scale', object, detail: `replicas ${wantedSize(workload)} -> 0` }];
}

/** The labels that green's pods must have for a routing to select them. */
export function labelsFor(base: Labels, next: Routing, green: Slot): Labels {
  const selectors = next.routes.map(state => (state.document as { selector?: Labels | null }).selector ?? {});
  return Object.assign({}, base, ...selectors, { [SLOT_LABEL]: green });
}
