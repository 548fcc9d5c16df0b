import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type Manager, trackManager } from './fields.js';
import { type Allocator, kindOf } from './kinds/index.js';
import { wrong } from './kinds/kind.js';
import { requireStrings, validateMetadata } from './kinds/metadata.js';
import { randomSuffix } from './names.js';
import { isTerminating, type KubernetesObject, type Metadata, timestamp, withMetadata } from './objects.js';
import { findResource, type Resource } from './resources.js';
import { alreadyExists, badRequest, conflict, forbidden, invalid, notFound, preconditionFailed } from './status.js';
import type { Store } from './store.js';

export interface WriteOptions {
  /** Computes and validates everything, writes nothing. */
  readonly dryRun?: boolean;
  /** Who writes, for metadata.managedFields; undefined: managedFields stay as the new object has them. */
  readonly manager?: Manager | undefined;
  readonly subresource?: 'status' | 'finalize' | undefined;
  /** Creates the object where an update finds none (a PUT of a Lease). */
  readonly uid?: string;
}

export interface RegistryOptions {
  readonly allocator: Allocator;
  readonly now: () => number;
  /** Throws where one more such object would exceed a quota. */
  readonly admit?: (resource: Resource, object: KubernetesObject) => void;
}

const namespaces = findResource('', 'v1', 'namespaces') as Resource;

/** The rules of writing: what an API server adds to, checks in and refuses of an object before it is stored. */
export class Registry {
  readonly store: Store;
  readonly now: () => number;
  readonly #allocator: Allocator;
  readonly #admit: (resource: Resource, object: KubernetesObject) => void;

  constructor(store: Store, { allocator, now, admit = () => {} }: RegistryOptions) {
    this.store = store;
    this.now = now;
    this.#allocator = allocator;
    this.#admit = admit;
  }

  get<T extends KubernetesObject>(resource: Resource, namespace: string, name: string): T {
    const found = this.store.get(resource, namespace, name);
    if (found === undefined) throw notFound(resource, name);
    return found as T;
  }

  create<T extends KubernetesObject>(resource: Resource, namespace: string, given: T, options: WriteOptions = {}): T {
    const name = given.metadata?.name || generatedName(given.metadata);
    this.#checkNamespace(resource, namespace, given, name);
    const object = this.#fill(resource, withMetadata(given, { name, ...(namespace === '' ? {} : { namespace }) }));
    this.#check(resource, object, undefined);
    if (this.store.get(resource, namespace, name) !== undefined) throw alreadyExists(resource, name);
    this.#admit(resource, object);
    const born: KubernetesObject = {
      ...object,
      metadata: ordered({
        ...object.metadata,
        uid: options.uid ?? randomUUID(),
        ...(resource.generation ? { generation: 1 } : {}),
        creationTimestamp: timestamp(this.now()),
      }),
    };
    const managed = trackManager(undefined, born, options.manager, this.now());
    return (options.dryRun ? managed : this.store.put(resource, managed)) as T;
  }

  /** Replaces an object by what `change` makes of it. Writes nothing where that is the same as before. */
  update<T extends KubernetesObject>(
    resource: Resource,
    namespace: string,
    name: string,
    change: (current: T) => KubernetesObject,
    options: WriteOptions = {},
  ): T {
    const current = this.get<T>(resource, namespace, name);
    const wanted = change(current);
    this.#checkIdentity(resource, current, wanted);
    const merged = this.#carryOver(current, wanted, options, resource);
    const filled = this.#fill(resource, merged, current);
    this.#check(resource, filled, current);
    const next = trackManager(current, this.#countGeneration(resource, current, filled), options.manager, this.now());
    if (isDeepStrictEqual(next, current)) return current;
    if (options.dryRun) return next as T;
    if (isTerminating(next) && (next.metadata.finalizers ?? []).length === 0 && hadFinalizers(current)) {
      return this.store.remove(resource, next) as T;
    }
    return this.store.put(resource, next) as T;
  }

  /** A server-made change of status or metadata: no rule applies, and nothing happens if the object is gone. */
  amend<T extends KubernetesObject>(resource: Resource, object: T, change: (current: T) => T): T | undefined {
    const current = this.store.get(resource, object.metadata.namespace ?? '', object.metadata.name) as T | undefined;
    if (current === undefined || current.metadata.uid !== object.metadata.uid) return undefined;
    const next = this.#countGeneration(resource, current, change(current)) as T;
    return isDeepStrictEqual(next, current) ? current : this.store.put(resource, next);
  }

  #checkNamespace(resource: Resource, namespace: string, given: KubernetesObject, name: string): void {
    if (given.metadata?.resourceVersion) throw badRequest('resourceVersion should not be set on objects to be created');
    if (!resource.namespaced) return;
    const own = given.metadata?.namespace;
    if (own !== undefined && own !== '' && own !== namespace) {
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    }
    const home = this.store.get(namespaces, '', namespace);
    if (home === undefined) throw notFound(namespaces, namespace);
    if (!isTerminating(home)) return;
    throw forbidden(
      resource,
      name,
      `unable to create new content in namespace ${namespace} because it is being terminated`,
      [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    );
  }

  #checkIdentity(resource: Resource, current: KubernetesObject, wanted: KubernetesObject): void {
    const { name, namespace, uid, resourceVersion } = wanted.metadata ?? {};
    if (name !== undefined && name !== '' && name !== current.metadata.name) {
      throw badRequest(
        `the name of the object (${name}) does not match the name on the URL (${current.metadata.name})`,
      );
    }
    if (namespace !== undefined && namespace !== '' && namespace !== (current.metadata.namespace ?? '')) {
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
    }
    if (uid !== undefined && uid !== '' && uid !== current.metadata.uid) {
      const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${current.metadata.uid}`;
      throw preconditionFailed(resource, current.metadata.name, why);
    }
    if (resourceVersion === undefined || resourceVersion === '') {
      if (!resource.needsRevision) return;
      const error = wrong('metadata.resourceVersion', '\u00000x0', 'must be specified for an update');
      throw invalid(resource, current.metadata.name, [error]);
    }
    if (resourceVersion !== current.metadata.resourceVersion) throw conflict(resource, current.metadata.name);
  }

  /** What a writer can't change: the server's own metadata, and the status or everything but the status. */
  #carryOver(
    current: KubernetesObject,
    wanted: KubernetesObject,
    { manager, subresource }: WriteOptions,
    resource: Resource,
  ): KubernetesObject {
    if (subresource === 'status') return { ...current, status: wanted.status };
    const { managedFields, ...given } = wanted.metadata;
    const applied = manager?.operation === 'Apply' && managedFields !== undefined;
    const own: Metadata = {
      ...given,
      name: current.metadata.name,
      ...pick(current.metadata, 'namespace', 'uid', 'resourceVersion', 'generation', 'creationTimestamp'),
      ...pick(current.metadata, 'deletionTimestamp', 'deletionGracePeriodSeconds'),
      ...(applied ? { managedFields } : pick(current.metadata, 'managedFields')),
    };
    const status = resource.subresources.includes('status') ? pick(current, 'status') : {};
    return { ...wanted, apiVersion: current.apiVersion, kind: current.kind, metadata: ordered(own), ...status };
  }

  #fill(resource: Resource, object: KubernetesObject, current?: KubernetesObject): KubernetesObject {
    const version = resource.version;
    requireStrings(resource.kind, version, 'ObjectMeta.metadata.labels', object.metadata.labels);
    requireStrings(resource.kind, version, 'ObjectMeta.metadata.annotations', object.metadata.annotations);
    const fresh = current === undefined && resource.subresources.includes('status') ? { ...object } : object;
    if (fresh !== object) delete (fresh as { status?: unknown }).status;
    return kindOf(resource.kind).defaults?.(fresh, this.#allocator, current) ?? fresh;
  }

  #check(resource: Resource, object: KubernetesObject, current: KubernetesObject | undefined): void {
    const errors = [...validateMetadata(object), ...(kindOf(resource.kind).validate?.(object, current) ?? [])];
    if (errors.length > 0) throw invalid(resource, object.metadata.name, errors);
  }

  #countGeneration(resource: Resource, current: KubernetesObject, next: KubernetesObject): KubernetesObject {
    if (!resource.generation || isDeepStrictEqual(specOf(current), specOf(next))) return next;
    return withMetadata(next, { generation: (current.metadata.generation ?? 1) + 1 });
  }
}

function generatedName(metadata: Partial<Metadata> | undefined): string {
  const prefix = metadata?.generateName;
  return prefix === undefined || prefix === '' ? '' : `${prefix}${randomSuffix()}`;
}

/** Everything that makes a generation: all but metadata and status. */
function specOf({ metadata: _metadata, status: _status, ...rest }: KubernetesObject): Record<string, unknown> {
  return rest;
}

function hadFinalizers(object: KubernetesObject): boolean {
  return (object.metadata.finalizers ?? []).length > 0;
}

function pick<T extends object, K extends keyof T>(from: T, ...names: K[]): Partial<Pick<T, K>> {
  const picked: Partial<Pick<T, K>> = {};
  for (const name of names) if (from[name] !== undefined) picked[name] = from[name];
  return picked;
}

/** Metadata in the order in which the real server writes it, for the people who read it. */
function ordered(metadata: Metadata): Metadata {
  const { name, generateName, namespace, uid, resourceVersion, generation, creationTimestamp, ...rest } = metadata;
  const head = { name, generateName, namespace, uid, resourceVersion, generation, creationTimestamp };
  return {
    ...(Object.fromEntries(Object.entries(head).filter(([, value]) => value !== undefined)) as typeof head),
    ...rest,
  } as Metadata;
}
