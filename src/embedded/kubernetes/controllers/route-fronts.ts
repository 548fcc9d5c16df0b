import type { HttpRouter } from '../../dataplane/index.js';
import { resourceNamed } from '../resources.js';
import type { Change } from '../store.js';
import { type ControlContext, endpointSlices, services } from './context.js';
import { type Controller, keyOf } from './loop.js';
import type { RoutedKind } from './route-rules.js';

const destinationRules = resourceNamed('destinationrules');

/**
 * What stands in front of the cluster for one kind of route: a layer 7 router for each of them, with a loopback port of
 * its own. It learns of a route some time after it was written, and of endpoints as kube-proxy does. A router keeps its
 * port when its route is deleted, and answers 404.
 */
export class RouteFronts implements Controller {
  readonly #context: ControlContext;
  readonly #kind: RoutedKind;
  readonly #routers = new Map<string, HttpRouter>();
  readonly #opening = new Set<string>();
  /** The generation of each route that its router acts by. */
  readonly #known = new Map<string, number>();

  constructor(context: ControlContext, kind: RoutedKind) {
    this.#context = context;
    this.#kind = kind;
  }

  get plural(): string {
    return this.#kind.resource.plural;
  }

  get propagating(): boolean {
    return this.#opening.size > 0 || [...this.#routers.values()].some(router => router.propagating);
  }

  router(namespace: string, name: string): HttpRouter | undefined {
    return this.#routers.get(`${namespace}/${name}`);
  }

  keysFor({ resource, object }: Change): readonly string[] {
    if (resource === this.#kind.resource) return [keyOf(object)];
    if (resource !== services && resource !== endpointSlices && resource !== destinationRules) return [];
    return this.#context.store.list(this.#kind.resource, object.metadata.namespace).map(keyOf);
  }

  reconcile(namespace: string, name: string): void {
    const key = `${namespace}/${name}`;
    const router = this.#routers.get(key);
    const object = this.#context.store.get(this.#kind.resource, namespace, name);
    if (router === undefined) {
      if (object !== undefined && !this.#opening.has(key)) this.#context.track(this.#open(key));
      return;
    }
    const generation = object?.metadata.generation ?? 0;
    if (generation !== this.#known.get(key)) {
      // The spec that counts is the one of the moment when the controller gets to it.
      this.#context.timers.after(this.#context.timing.gateway, () => this.#program(key, router));
    } else this.#program(key, router);
  }

  #program(key: string, router: HttpRouter): void {
    const [namespace = '', name = ''] = key.split('/');
    const object = this.#context.store.get(this.#kind.resource, namespace, name);
    this.#known.set(key, object?.metadata.generation ?? 0);
    router.setRules(object === undefined ? [] : this.#kind.rules(this.#context, object));
  }

  async #open(key: string): Promise<void> {
    this.#opening.add(key);
    const { dataPlane, timing } = this.#context;
    const router = await dataPlane.startHttpRouter({ propagationMs: timing.propagation });
    this.#opening.delete(key);
    this.#routers.set(key, router);
    this.#program(key, router);
  }
}
