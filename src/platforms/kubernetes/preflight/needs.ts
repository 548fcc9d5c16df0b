/** The requests of a run beyond the ones that inspect has just made, as permissions. */
import type { Journey } from '../../port.js';
import type { Subject } from '../failures.js';
import type { KubernetesObject } from '../objects.js';
import {
  CONFIG_MAPS,
  DEPLOYMENTS,
  ENDPOINT_SLICES,
  PODS,
  type Resource,
  resourceOfKind,
  SERVICES,
} from '../resources.js';
import { isRouteOf } from '../routes.js';
import { workloadResource } from '../workloads.js';
import type { Subjects } from './subjects.js';

/** Each once. */
export function neededFor(subjects: Subjects, { steps, failedGreen, previews }: Journey): readonly Subject[] {
  const { observation, plan } = subjects;
  const { namespace, manifest, target } = observation;
  const to = (kind: Resource, verbs: readonly string[], name?: string, subresource?: string): readonly Subject[] =>
    verbs.map(verb => ({
      verb,
      group: kind.group,
      resource: subresource ? `${kind.plural}/${subresource}` : kind.plural,
      namespace: kind.namespaced ? namespace : undefined,
      name: verb === 'create' || verb === 'list' || verb === 'watch' ? undefined : name,
    }));
  const routes = observation.services.flatMap(({ name, service }) =>
    to(SERVICES, [service ? 'patch' : 'create'], name),
  );
  const backends = observation.backends.flatMap(({ resource, object, name }) => [
    ...to(resource, [object ? 'patch' : 'create'], name),
    ...to(resource, ['list', 'watch']),
  ]);
  const made = plan.changes.some(({ verb, object }) => verb === 'create' && object.startsWith('Service '));
  const deploys = manifest !== undefined && (steps.includes('deploy') || !steps.includes('claim'));
  const removes = failedGreen === 'delete' || plan.changes.some(({ verb }) => verb === 'delete');
  const scales = failedGreen === 'scale-to-zero' || plan.changes.some(({ verb }) => verb === 'scale');
  const written = ['create', 'patch', ...(removes ? ['delete'] : [])];
  const copied = deploys ? manifest.copies.flatMap(({ kind }) => resourceOfKind(kind) ?? []) : [];
  const wanted = [
    ...routes,
    ...backends,
    ...(made ? to(SERVICES, ['create']) : []),
    ...to(CONFIG_MAPS, ['get', 'create', 'update', ...(target.routes.length === 0 ? ['patch'] : [])]),
    ...kindsOf(subjects).flatMap(kind => [
      ...to(kind, ['list', 'watch', ...(deploys ? ['create', 'patch'] : []), ...(removes ? ['delete'] : [])]),
      ...(scales ? to(kind, ['patch'], undefined, 'scale') : []),
    ]),
    ...to(PODS, ['list', 'watch']),
    ...to(ENDPOINT_SLICES, ['list', 'watch']),
    ...(previews ? to(PODS, ['get'], undefined, 'proxy') : []),
    ...(deploys ? manifestKinds(manifest.others, observation).flatMap(kind => to(kind, ['create', 'patch'])) : []),
    ...copied.flatMap(kind => to(kind, ['get', ...written])),
    ...companionKinds(subjects).flatMap(kind => (deploys ? to(kind, ['list', ...written]) : [])),
  ];
  return wanted.filter((one, index) => wanted.findIndex(other => subjectWords(other) === subjectWords(one)) === index);
}

/** `patch services shop`. */
export function subjectWords({ verb, resource: named, name }: Subject): string {
  return `${verb} ${named}${name === undefined ? '' : ` ${name}`}`;
}

/** Kinds of the workloads that are there and that will be. */
function kindsOf({ observation }: Subjects): readonly Resource[] {
  const { manifest, workloads, members } = observation;
  const planned = manifest ? [manifest, ...manifest.members].map(({ workload }) => workload) : [];
  const there = [...workloads.values(), ...[...members.values()].flat()].flatMap(one => one ?? []);
  const kinds = new Set([...planned, ...there].map(workloadResource));
  return kinds.size > 0 ? [...kinds] : [DEPLOYMENTS];
}

function companionKinds({ observation: { manifest } }: Subjects): readonly Resource[] {
  const beside = manifest ? [manifest, ...manifest.members].flatMap(one => [one.autoscaler, one.budget]) : [];
  return beside.flatMap(one => (one && resourceOfKind(one.kind)) ?? []);
}

/** Kinds of the manifest that the table has; those of others are only known to the server. Routes are asked for apart. */
function manifestKinds(
  objects: readonly KubernetesObject[],
  { namespace, target }: Subjects['observation'],
): readonly Resource[] {
  const shared = objects.filter(
    object => (object.metadata.namespace ?? namespace) === namespace && !isRouteOf(target, object),
  );
  return [...new Set(shared.map(({ kind }) => kind))].flatMap(kind => resourceOfKind(kind) ?? []);
}
