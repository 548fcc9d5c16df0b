import { isTerminating, type KubernetesObject, type Pod, timestamp, withMetadata } from './objects.js';
import type { Registry } from './registry.js';
import type { Resource } from './resources.js';
import { preconditionFailed, type Status, success } from './status.js';

/** The body or the query of a DELETE; see DeleteOptions of the API. */
export interface DeleteOptions {
  readonly gracePeriodSeconds?: number | undefined;
  readonly propagationPolicy?: string | undefined;
  readonly orphanDependents?: boolean | undefined;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string } | undefined;
  readonly dryRun?: boolean;
}

/** Starts a deletion. Objects with finalizers, pods that run, and namespaces stay until somebody has finished with them. */
export function deleteObject(
  registry: Registry,
  resource: Resource,
  object: KubernetesObject,
  options: DeleteOptions = {},
): KubernetesObject | Status {
  checkPreconditions(resource, object, options);
  const grace = gracePeriod(resource, object, options);
  const finalizers = finalizersFor(object, options);
  const marked = mark(registry, object, grace, finalizers);
  const waits = finalizers.length > 0 || grace > 0 || resource.kind === 'Namespace';
  if (options.dryRun) return waits ? marked : answer(resource, object);
  if (waits) return registry.amend(resource, object, () => marked) ?? object;
  return answer(resource, registry.store.remove(resource, object));
}

function answer(resource: Resource, last: KubernetesObject): KubernetesObject | Status {
  return resource.deletedObject ? last : success(resource, last.metadata.name, last.metadata.uid);
}

function mark(registry: Registry, object: KubernetesObject, grace: number, finalizers: string[]): KubernetesObject {
  const alreadySooner = isTerminating(object) && (object.metadata.deletionGracePeriodSeconds ?? 0) <= grace;
  const marked = withMetadata(object, {
    ...(alreadySooner
      ? {}
      : { deletionTimestamp: timestamp(registry.now() + grace * 1000), deletionGracePeriodSeconds: grace }),
    ...(finalizers.length === 0 ? {} : { finalizers }),
  });
  if (object.kind !== 'Namespace') return marked;
  return { ...marked, status: { ...(marked.status as object), phase: 'Terminating' } };
}

function checkPreconditions(resource: Resource, object: KubernetesObject, { preconditions }: DeleteOptions): void {
  const { name, uid, resourceVersion } = object.metadata;
  if (preconditions?.uid !== undefined && preconditions.uid !== uid) {
    throw preconditionFailed(
      resource,
      name,
      `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  }
  if (preconditions?.resourceVersion !== undefined && preconditions.resourceVersion !== resourceVersion) {
    throw preconditionFailed(
      resource,
      name,
      `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
  }
}

/** Only a pod that a node runs has something to finish. */
function gracePeriod(resource: Resource, object: KubernetesObject, { gracePeriodSeconds }: DeleteOptions): number {
  if (resource.kind !== 'Pod') return 0;
  const pod = object as Pod;
  const over = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
  if (pod.spec.nodeName === undefined || over) return 0;
  return Math.max(0, gracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30);
}

function finalizersFor(object: KubernetesObject, { propagationPolicy, orphanDependents }: DeleteOptions): string[] {
  const others = (object.metadata.finalizers ?? []).filter(name => name !== 'orphan' && name !== 'foregroundDeletion');
  if (propagationPolicy === 'Foreground') return [...others, 'foregroundDeletion'];
  if (propagationPolicy === 'Orphan' || orphanDependents === true) return [...others, 'orphan'];
  return propagationPolicy === undefined ? [...(object.metadata.finalizers ?? [])] : others;
}
