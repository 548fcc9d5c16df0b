import type { Backend, Router } from '../../dataplane/index.js';
import type { EndpointSlice, Service, ServicePort } from '../objects.js';
import type { RoutingHistory } from '../routing-history.js';
import type { Change } from '../store.js';
import { type ControlContext, endpointSlices, services } from './context.js';
import { backendsOf, slicesOf } from './endpoint-backends.js';
import { type Controller, keyOf } from './loop.js';

/**
 * What kube-proxy is on a node: one router for each port of each Service, with the ready endpoints as its backends. A front
 * door keeps its loopback port when its Service is deleted, and turns everybody away until the Service is back.
 */
export class FrontDoors implements Controller {
  readonly #context: ControlContext;
  readonly #history: RoutingHistory;
  readonly #doors = new Map<string, Map<number, Router>>();

  constructor(context: ControlContext, history: RoutingHistory) {
    this.#context = context;
    this.#history = history;
  }

  keysFor({ resource, object }: Change): readonly string[] {
    if (resource === services) return [keyOf(object)];
    if (resource !== endpointSlices) return [];
    const service = object.metadata.labels?.['kubernetes.io/service-name'];
    return service === undefined ? [] : [`${object.metadata.namespace}/${service}`];
  }

  reconcile(namespace: string, name: string): void {
    const key = `${namespace}/${name}`;
    const service = this.#context.store.get(services, namespace, name) as Service | undefined;
    const slices = service === undefined ? [] : this.#slices(namespace, name);
    this.#history.selected(key, slices);
    const ports = service === undefined || isHeadless(service) ? [] : (service.spec.ports ?? []);
    for (const port of ports) this.#serve(key, port, slices);
    const open = new Set(ports.map(({ port }) => port));
    for (const [port, router] of this.#doors.get(key) ?? []) if (!open.has(port)) this.#send(router, []);
  }

  /** The router behind one port of a Service (its first one unless told). */
  router(namespace: string, name: string, port?: number): Router | undefined {
    const doors = this.#doors.get(`${namespace}/${name}`);
    return port === undefined ? doors?.values().next().value : doors?.get(port);
  }

  get propagating(): boolean {
    return [...this.#doors.values()].some(doors => [...doors.values()].some(router => router.propagating));
  }

  #slices(namespace: string, name: string): EndpointSlice[] {
    return slicesOf(this.#context, namespace, name);
  }

  #serve(key: string, port: ServicePort, slices: readonly EndpointSlice[]): void {
    const backends = backendsOf(this.#context, port, slices);
    const doors = this.#doors.get(key) ?? new Map<number, Router>();
    this.#doors.set(key, doors);
    const router = doors.get(port.port);
    if (router !== undefined) this.#send(router, backends);
    else if (!this.#opening.has(`${key}:${port.port}`)) this.#context.track(this.#open(key, port, doors));
  }

  readonly #opening = new Set<string>();

  async #open(key: string, port: ServicePort, doors: Map<number, Router>): Promise<void> {
    const door = `${key}:${port.port}`;
    this.#opening.add(door);
    const router = await this.#context.dataPlane.startRouter({
      propagationMs: this.#context.timing.propagation,
      onEffect: backends => this.#history.routed(key, port.port, backends),
    });
    this.#opening.delete(door);
    doors.set(port.port, router);
    const [namespace = '', name = ''] = key.split('/');
    this.reconcile(namespace, name);
  }

  #send(router: Router, backends: readonly Backend[]): void {
    if (!sameBackends(this.#sent.get(router) ?? [], backends)) {
      this.#sent.set(router, backends);
      router.setBackends(backends);
    }
  }

  readonly #sent = new WeakMap<Router, readonly Backend[]>();
}

function isHeadless({ spec }: Service): boolean {
  return spec.clusterIP === 'None' || spec.type === 'ExternalName';
}

function sameBackends(a: readonly Backend[], b: readonly Backend[]): boolean {
  return (
    a.length === b.length && a.every((backend, index) => backend.id === b[index]?.id && backend.port === b[index]?.port)
  );
}
