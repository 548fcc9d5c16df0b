/** What green's deployment and blue's end would write, for people, computed from an observation. Pure. */
import { count } from '../../lib/units.js';
import type { Change } from '../../release/model.js';
import type { Roles } from '../port.js';
import { type Belonging, belongingsIn, isSame, recordedBelongings } from './belongings.js';
import { type Green, greenCopy, greenWorkload } from './green.js';
import { describeLabels } from './labels.js';
import { counterpartOf, memberSize } from './members.js';
import { type KubernetesObject, type Labels, title, type Workload } from './objects.js';
import type { Observation } from './observation.js';
import { fits, isAlone, memberGreen, shapeOf } from './pieces.js';
import type { Parts } from './proposal.js';
import { isRoutingKind } from './resources.js';
import type { Transition } from './selectors.js';
import { versionOf, wantedSize } from './workloads.js';

/**
 * Whether green is there already, of the wanted version: deployed by an earlier job, or the slot that a rollback goes
 * back to. Its labels are then a fact and not a choice.
 */
export function isDeployed({ workloads, manifest }: Observation, { green, version }: Parts): boolean {
  const existing = workloads.get(green);
  return existing !== undefined && (!manifest || version === undefined || versionOf(existing) === version);
}

export function deployChanges(
  observation: Observation,
  roles: Roles,
  found: Transition,
  size: number,
): readonly Change[] {
  const { manifest, target, namespace, workloads, services } = observation;
  const existing = workloads.get(roles.green);
  if (!manifest || isDeployed(observation, roles)) return existing ? sizeChange(existing, size) : [];
  const alone = existing && isAlone(manifest, existing, roles.green) ? existing : undefined;
  const { labels, selector } = shapeOf(alone, found.greenLabels, liveSelectors(observation, found));
  const { green: slot, version = '' } = roles;
  const green: Green = { slot, name: slot, namespace, version, size, labels, selector };
  const wanted = greenWorkload(manifest, target, green);
  const routed = new Set<unknown>(services.map(({ definition }) => definition));
  const kept = fits(wanted, existing, green) ? existing : undefined;
  return [
    ...manifest.others.filter(object => !routed.has(object)).map(object => sharedChange(object, namespace)),
    ...manifest.copies.map(object => copyChange(greenCopy(object, green))),
    ...(existing && !kept ? [recreation(existing)] : []),
    workloadChange(wanted, kept),
    ...(manifest.autoscaler
      ? [companionChange(manifest.autoscaler, green, ` with at least ${count(size, 'pod')}`)]
      : []),
    ...(manifest.budget ? [companionChange(manifest.budget, green, '')] : []),
    ...memberChanges(observation, roles),
    ...(existing
      ? companionDeletions(existing, one => !belongingsIn(manifest, slot).some(other => isSame(one, other)))
      : []),
  ];
}

/** The further workloads of a slot. */
function memberChanges({ manifest, target, namespace, members }: Observation, roles: Roles): readonly Change[] {
  return (manifest?.members ?? []).flatMap(member => {
    if (!manifest) return [];
    const base = memberGreen(manifest, namespace, member, roles);
    const own = { kind: member.workload.kind, name: base.name };
    const blues = members.get(roles.blue ?? '') ?? [];
    const size = memberSize(member, counterpartOf(own, { from: roles.green, to: roles.blue ?? '' }, blues));
    const old = members.get(roles.green)?.find(({ kind, metadata }) => isSame({ kind, name: metadata.name }, own));
    const green = { ...base, size };
    const beside = [member.autoscaler, member.budget].flatMap(one => (one ? [companionChange(one, green, '')] : []));
    return [workloadChange(greenWorkload(manifest, target, green, member), old), ...beside];
  });
}

/** What this tool applied beside a workload and would delete; what others put there is only found at that time. */
function companionDeletions(workload: Workload, isDoomed: (one: Belonging) => boolean): readonly Change[] {
  const { namespace } = workload.metadata;
  const doomed = (recordedBelongings(workload) ?? []).filter(isDoomed);
  return doomed.map(({ kind, name }) => ({ verb: 'delete', object: `${kind} ${namespace}/${name}`, detail: '' }));
}

/** What Services that exist will select until the switch. */
function liveSelectors({ services }: Observation, { adopted }: Transition): readonly Labels[] {
  return services.flatMap(({ service }, index) => {
    const selector = adopted[index];
    return service && selector ? [selector] : [];
  });
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
  return { verb: 'update', object: `${kind} ${green.namespace}/${green.name}`, detail: `for ${green.name}${detail}` };
}

/** A slot's own copy of what the manifest has once. */
export function copyChange(copy: KubernetesObject): Change {
  return { verb: 'update', object: title(copy), detail: 'as the manifest says, for this slot alone' };
}

function sharedTitle(object: Parameters<typeof title>[0], namespace: string): string {
  return title({ ...object, metadata: { ...object.metadata, namespace: object.metadata.namespace ?? namespace } });
}

/** Why an existing green has to go first. */
export function recreation(existing: Workload): Change {
  const selector = describeLabels(existing.spec.selector.matchLabels);
  const reason =
    existing.kind === 'StatefulSet'
      ? 'little of a StatefulSet can be changed, and one that is stuck stays stuck'
      : `its selector (${selector}) cannot be changed and does not fit the new labels`;
  return {
    verb: 'delete',
    object: title(existing),
    detail: `${reason}, so it is made anew`,
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

export function teardownChanges(
  { namespace, workloads, members }: Observation,
  { blue, teardown }: Roles,
): readonly Change[] {
  const workload = blue === undefined ? undefined : workloads.get(blue);
  if (!workload || teardown === 'keep') return [];
  const object = `${workload.kind} ${namespace}/${blue}`;
  if (teardown === 'delete')
    return [...companionDeletions(workload, () => true), { verb: 'delete', object, detail: '' }];
  return [...(members.get(blue ?? '') ?? []), workload].map(one => ({
    verb: 'scale',
    object: title(one),
    detail: `replicas ${wantedSize(one)} -> 0`,
  }));
}
