import type { KubernetesObject } from './objects.js';
import { qualifiedName, type Resource } from './resources.js';

export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** One write, as watches and controllers see it. */
export interface Change {
  readonly type: ChangeType;
  readonly revision: number;
  readonly resource: Resource;
  readonly object: KubernetesObject;
  /** The object before a MODIFIED or a DELETED. */
  readonly previous?: KubernetesObject;
}

/** How many writes a watch may lag behind before its resourceVersion is "too old". */
const historyLength = 5_000;

/** A control plane that has just booted has written a few hundred objects of its own. */
const firstRevision = 400;

/**
 * The objects, one global revision counter, and the newest part of their history. It knows nothing of kinds: rules about
 * what may be written are the registry's.
 */
export class Store {
  #revision = firstRevision;
  #oldest = firstRevision;
  readonly #objects = new Map<string, Map<string, KubernetesObject>>();
  #history: Change[] = [];
  readonly #listeners = new Set<(change: Change) => void>();

  /** The revision of the newest write. */
  get revision(): number {
    return this.#revision;
  }

  /** The oldest revision that a watch or a list may still go on from. */
  get oldestRevision(): number {
    return this.#oldest;
  }

  get(resource: Resource, namespace: string, name: string): KubernetesObject | undefined {
    return this.#objects.get(qualifiedName(resource))?.get(key(namespace, name));
  }

  /** All objects of a resource, or those of one namespace, ordered by namespace and name as the real server lists them. */
  list(resource: Resource, namespace?: string): KubernetesObject[] {
    const all = this.#objects.get(qualifiedName(resource));
    if (all === undefined) return [];
    const keys = [...all.keys()].sort();
    const prefix = namespace === undefined ? '' : key(namespace, '');
    return keys.filter(entry => entry.startsWith(prefix)).map(entry => all.get(entry) as KubernetesObject);
  }

  /** Creates or replaces; the stored object carries the new resourceVersion. */
  put<T extends KubernetesObject>(resource: Resource, object: T): T {
    const previous = this.get(resource, object.metadata.namespace ?? '', object.metadata.name);
    const stored = this.#stamp(object);
    this.#collection(resource).set(keyOf(stored), stored);
    this.#publish(
      previous === undefined
        ? { type: 'ADDED', revision: this.#revision, resource, object: stored }
        : { type: 'MODIFIED', revision: this.#revision, resource, object: stored, previous },
    );
    return stored;
  }

  /** Removes an object; the returned last state carries the revision of its end. */
  remove<T extends KubernetesObject>(resource: Resource, object: T): T {
    const last = this.#stamp(object);
    if (!this.#collection(resource).delete(keyOf(last))) return object;
    this.#publish({ type: 'DELETED', revision: this.#revision, resource, object: last, previous: object });
    return last;
  }

  /** The writes to one resource after a revision, oldest first. */
  changesSince(resource: Resource, revision: number): Change[] {
    const name = qualifiedName(resource);
    return this.#history.filter(change => change.revision > revision && qualifiedName(change.resource) === name);
  }

  /** Calls back after each write, until the returned function is called. */
  subscribe(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Forgets the history, as etcd's compaction does: every older resourceVersion is too old from now on. */
  compact(): void {
    this.#history = [];
    this.#oldest = this.#revision;
  }

  #stamp<T extends KubernetesObject>(object: T): T {
    this.#revision += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision) } };
  }

  #publish(change: Change): void {
    this.#history.push(change);
    if (this.#history.length > 2 * historyLength) {
      this.#history = this.#history.slice(-historyLength);
      this.#oldest = (this.#history[0]?.revision ?? this.#revision) - 1;
    }
    for (const listener of [...this.#listeners]) listener(change);
  }

  #collection(resource: Resource): Map<string, KubernetesObject> {
    const name = qualifiedName(resource);
    const known = this.#objects.get(name);
    if (known !== undefined) return known;
    const created = new Map<string, KubernetesObject>();
    this.#objects.set(name, created);
    return created;
  }
}

function key(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

function keyOf({ metadata }: KubernetesObject): string {
  return key(metadata.namespace ?? '', metadata.name);
}
