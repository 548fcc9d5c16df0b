import type { Timers } from '../../serving/timers.js';
import type { Change, Store } from '../store.js';

/** Brings one kind of object nearer to what its spec asks for. Keys are `namespace/name`. */
export interface Controller {
  /** The keys that a write may concern. */
  keysFor(change: Change): readonly string[];
  /** Makes one step; it is called again after every write that concerns the key, so it needs no memory of its own. */
  reconcile(namespace: string, name: string): void;
}

/**
 * Runs the controllers: each write marks keys as dirty, and a little later every dirty key is reconciled once.
 * An error in a controller is a defect of the platform: it is kept in `problems`, and `settled()` throws it.
 */
export class ControlLoop {
  readonly problems: Error[] = [];
  readonly #dirty = new Map<Controller, Set<string>>();
  readonly #timers: Timers;
  readonly #delayMs: number;
  readonly #unsubscribe: () => void;
  #scheduled = false;

  constructor(controllers: readonly Controller[], store: Store, timers: Timers, delayMs: number) {
    this.#timers = timers;
    this.#delayMs = delayMs;
    for (const controller of controllers) this.#dirty.set(controller, new Set());
    this.#unsubscribe = store.subscribe(change => {
      for (const controller of controllers) for (const key of controller.keysFor(change)) this.enqueue(controller, key);
    });
  }

  enqueue(controller: Controller, key: string): void {
    this.#dirty.get(controller)?.add(key);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#timers.after(this.#delayMs, () => this.#drain());
  }

  close(): void {
    this.#unsubscribe();
  }

  #drain(): void {
    this.#scheduled = false;
    for (const [controller, dirty] of this.#dirty) {
      const keys = [...dirty];
      dirty.clear();
      for (const key of keys) this.#reconcile(controller, key);
    }
  }

  #reconcile(controller: Controller, key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    try {
      controller.reconcile(namespace, name);
    } catch (error) {
      this.problems.push(new Error(`The embedded Kubernetes could not reconcile ${key}.`, { cause: error }));
    }
  }
}

/** The key of an object. */
export function keyOf({ metadata }: { metadata: { namespace?: string; name: string } }): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}
