/** What green's deployment and blue's end would write, for people, computed from an observation. Pure. */
import { count } from '../../lib/units.js';
import type { Change } from '../../release/model.js';
import type { Roles } from '../port.js';
import { type Belonging, belongingsIn, isSame, recordedBelongings } from './belongings.js';
import { differences, differencesIn, isOwn } from './differences.js';
import { type Green, greenAutoscaler, greenBudget, greenCopy, greenWorkload } from './green.js';
import { describeLabels } from './labels.js';
import type { Manifest, Member } from './manifest.js';
import { counterpartOf, memberSize } from './members.js';
import { type KubernetesObject, type Labels, title, type Workload } from './objects.js';
import type { Observation } from './observation.js';
import { fits, isAlone, memberGreen, shapeOf } from './pieces.js';
import { type Present, placed } from './present.js';
import type { Parts } from './proposal.js';
import { isRoutingKind } from './resources.js';
import type { Transition } from './selectors.js';
import { isGoing, versionOf, wantedSize } from './workloads.js';

/**
 * Whether green is there already, of the wanted version: deployed by an earlier job, or the slot that a rollback goes
 * back to. Its labels are then a fact and not a choice.
 */
export function isDeployed({ workloads, manifest }: Observation, { green, version }: Parts): boolean {
  const existing = workloads.get(green);
  if (existing === undefined || (manifest && isGoing(existing))) return false;
  return !manifest || version === undefined || versionOf(existing) === version;
}

export function deployChanges(
  observation: Observation,
  roles: Roles,
  found: Transition,
  size: number,
  present: Present,
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
    ...manifest.others.filter(object => !routed.has(object)).map(object => sharedChange(object, namespace, present)),
    ...manifest.copies.map(object => plannedCopy(object, roles, namespace, present)),
    ...(existing && !kept ? [recreation(existing)] : []),
    workloadChange(wanted, kept, { ...roles, blueWorkload: workloads.get(roles.blue ?? '') }),
    ...companionChanges(manifest, manifest, green, present),
    ...memberChanges(observation, roles, present),
    ...(existing
      ? companionDeletions(existing, one => !belongingsIn(manifest, slot).some(other => isSame(one, other)))
      : []),
  ];
}

/** The further workloads of a slot. */
function memberChanges(
  { manifest, target, namespace, members }: Observation,
  roles: Roles,
  present: Present,
): readonly Change[] {
  return (manifest?.members ?? []).flatMap(member => {
    if (!manifest) return [];
    const base = memberGreen(manifest, namespace, member, roles);
    const own = { kind: member.workload.kind, name: base.name };
    const blues = members.get(roles.blue ?? '') ?? [];
    const blueWorkload = counterpartOf(own, { from: roles.green, to: roles.blue ?? '' }, blues);
    const size = memberSize(member, blueWorkload);
    const old = members.get(roles.green)?.find(({ kind, metadata }) => isSame({ kind, name: metadata.name }, own));
    const green = { ...base, size };
    const change = workloadChange(greenWorkload(manifest, target, green, member), old, { ...roles, blueWorkload });
    return [change, ...companionChanges(manifest, member, green, present)];
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

function sharedChange(object: KubernetesObject, namespace: string, present: Present): Change {
  const wanted = placed(object, namespace);
  const named = title(wanted);
  if (isRoutingKind(object.kind)) return { verb: 'create', object: named, detail: 'only if it does not exist' };
  if (!present.has(named)) return { verb: 'update', object: named, detail: 'as the manifest says' };
  const now = present.get(named);
  if (!now) return { verb: 'create', object: named, detail: '' };
  return { verb: 'update', object: named, detail: differences(now, wanted).join(', ') || 'as it is' };
}

/** The autoscaler, which has a floor at first, and the budget of one of green's workloads. */
function companionChanges(manifest: Manifest, member: Member, green: Green, present: Present): readonly Change[] {
  const autoscaler = greenAutoscaler(member, green, true);
  const budget = greenBudget(manifest, green, member);
  const change = (object: KubernetesObject, remark: string) => {
    const now = present.get(title(object));
    const told = now ? differences(now, object).join(', ') : '';
    const isNew = now === undefined && present.has(title(object));
    return companionChange(object, green, `${remark}${told && `: ${told}`}`, isNew);
  };
  return [...(autoscaler ? [change(autoscaler, floorText(green))] : []), ...(budget ? [change(budget, '')] : [])];
}

/** The size below which an autoscaler may not go until the switch has settled. */
export function floorText({ size }: Pick<Green, 'size'>): string {
  return ` with at least ${count(size, 'pod')}`;
}

export function companionChange({ kind }: KubernetesObject, green: Green, detail: string, isNew: boolean): Change {
  const object = `${kind} ${green.namespace}/${green.name}`;
  return { verb: isNew ? 'create' : 'update', object, detail: `for ${green.name}${detail}` };
}

function plannedCopy(object: KubernetesObject, { green, blue }: Roles, namespace: string, present: Present): Change {
  const wanted = greenCopy(object, { slot: green, namespace });
  if (!present.has(title(wanted))) return copyChange(wanted, false);
  const own = present.get(title(wanted));
  const other = blue === undefined ? undefined : greenCopy(object, { slot: blue, namespace });
  const theirs = other && present.get(title(other));
  const compared = own ?? theirs;
  const alike = alikeOf({ green, blue });
  const told = compared && differences(compared, wanted, own ? { alike } : { alike, removes: () => true }).join(', ');
  const unlike = own ? '' : `unlike ${other?.metadata.name}: `;
  return copyChange(wanted, own === undefined, told ? `; ${unlike}${told}` : '');
}

/** A slot's own copy of what the manifest has once. */
export function copyChange(copy: KubernetesObject, isNew: boolean, detail = ''): Change {
  return { verb: isNew ? 'create' : 'update', object: title(copy), detail: `for this slot alone${detail}` };
}

/** Names of both slots as one: what is called after its slot is no difference. */
function alikeOf({ green, blue }: Pick<Roles, 'green' | 'blue'>): (text: string) => string {
  return text => (blue === undefined ? text : text.replaceAll(green, '{slot}').replaceAll(blue, '{slot}'));
}

/** Why an existing green has to go first. */
export function recreation(existing: Workload): Change {
  const selector = describeLabels(existing.spec.selector.matchLabels);
  const reason = isGoing(existing)
    ? 'it is being deleted already, and is waited for'
    : existing.kind === 'StatefulSet'
      ? 'little of a StatefulSet can be changed, and one that is stuck stays stuck'
      : `its selector (${selector}) cannot be changed and does not fit the new labels`;
  return {
    verb: 'delete',
    object: title(existing),
    detail: `${reason}, so it is made anew`,
  };
}

/** Who is who, and the workload of blue that one of green's takes the place of. */
interface Counterpart extends Pick<Roles, 'green' | 'blue'> {
  readonly blueWorkload: Workload | undefined;
}

/**
 * Old -> new of what people look for: version, size and images, then what else its pods have otherwise than those that it
 * replaces; for a new one that is blue's.
 */
export function workloadChange(wanted: Workload, existing: Workload | undefined, beside?: Counterpart): Change {
  const parts = [
    difference('version', versionOf(existing), versionOf(wanted)),
    difference('replicas', existing && String(wantedSize(existing)), String(wantedSize(wanted))),
    ...wanted.spec.template.spec.containers.map(({ name, image }) => {
      const before = existing?.spec.template.spec.containers.find(container => container.name === name);
      return difference(`image of ${name}`, before?.image, image);
    }),
  ].flat();
  const compared = existing ?? beside?.blueWorkload;
  const told = compared
    ? differencesIn(compared.spec.template.spec, wanted.spec.template.spec, {
        without: ['image'],
        ...(existing
          ? { removes: (path: readonly string[]) => isOwn(existing, path, ['.spec', '.template', '.spec']) }
          : {}),
        ...(beside ? { alike: alikeOf(beside) } : {}),
      })
    : [];
  const unlike = existing || told.length === 0 ? '' : `; unlike ${compared?.metadata.name}: `;
  const detail = existing ? [...parts, ...told].join(', ') : `${parts.join(', ')}${unlike}${told.join(', ')}`;
  return { verb: existing ? 'update' : 'create', object: title(wanted), detail };
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
