import { deleteObject } from '../deletion.js';
import { isTerminating, type KubernetesObject, withMetadata } from '../objects.js';
import type { Resource } from '../resources.js';
import { resources } from '../resources.js';
import type { Change } from '../store.js';
import type { ControlContext } from './context.js';
import { type Controller, keyOf } from './loop.js';

interface Found {
  readonly resource: Resource;
  readonly object: KubernetesObject;
}

/** The garbage collector: what is owned by something that is gone goes too, in the order that the deletion asked for. */
export class GarbageCollector implements Controller {
  readonly #context: ControlContext;
  readonly #alive = new Set<string>();

  constructor(context: ControlContext) {
    this.#context = context;
  }

  /** One key: what concerns whom is not known from the write alone. */
  keysFor({ type, object, previous }: Change): readonly string[] {
    const uid = object.metadata.uid ?? '';
    if (type === 'DELETED') this.#alive.delete(uid);
    else this.#alive.add(uid);
    const owned = (object.metadata.ownerReferences ?? []).length > 0;
    const deleting = isTerminating(object) && (previous === undefined || !isTerminating(previous));
    return type === 'DELETED' || deleting || (type === 'ADDED' && owned) ? [keyOf(object)] : [];
  }

  reconcile(): void {
    const all = this.#all();
    for (const { resource, object } of all) {
      const owners = object.metadata.ownerReferences ?? [];
      const orphaned = owners.length > 0 && owners.every(owner => !this.#alive.has(owner.uid));
      if (orphaned && !isTerminating(object)) deleteObject(this.#context.registry, resource, object);
    }
    for (const found of all.filter(({ object }) => isTerminating(object))) this.#finish(found);
  }

  #finish({ resource, object }: Found): void {
    const finalizers = object.metadata.finalizers ?? [];
    const dependents = this.#dependents(object);
    if (finalizers.includes('orphan')) {
      for (const dependent of dependents) this.#disown(dependent, object);
      this.#release(resource, object, 'orphan');
    } else if (finalizers.includes('foregroundDeletion')) {
      for (const dependent of dependents) {
        if (isTerminating(dependent.object)) continue;
        const propagationPolicy = this.#dependents(dependent.object).length > 0 ? 'Foreground' : 'Background';
        deleteObject(this.#context.registry, dependent.resource, dependent.object, { propagationPolicy });
      }
      if (dependents.length === 0) this.#release(resource, object, 'foregroundDeletion');
    }
  }

  #dependents({ metadata }: KubernetesObject): Found[] {
    return this.#all().filter(({ object }) => object.metadata.ownerReferences?.some(({ uid }) => uid === metadata.uid));
  }

  #disown({ resource, object }: Found, owner: KubernetesObject): void {
    this.#context.registry.amend(resource, object, current =>
      withMetadata(current, {
        ownerReferences: (current.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid),
      }),
    );
  }

  #release(resource: Resource, object: KubernetesObject, finalizer: string): void {
    const { registry, store } = this.#context;
    const finalizers = (object.metadata.finalizers ?? []).filter(name => name !== finalizer);
    const released = registry.amend(resource, object, current => withMetadata(current, { finalizers }));
    if (released !== undefined && finalizers.length === 0) store.remove(resource, released);
  }

  #all(): Found[] {
    return resources.flatMap(resource => this.#context.store.list(resource).map(object => ({ resource, object })));
  }
}
