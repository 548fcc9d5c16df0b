import type { Backend } from '../dataplane/index.js';
import type { Network } from './controllers/network.js';
import type { EndpointSlice } from './objects.js';

/** A pod that traffic may be sent to. */
export interface RoutedPod {
  readonly pod: string;
  readonly slot: string;
  readonly version: string;
}

/** What one Service selected from some moment on. */
export interface RoutingMoment {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** `endpoints`: what the EndpointSlices say; `router`: what new connections follow. */
  readonly source: 'endpoints' | 'router';
  /** The Service's port, for a router. */
  readonly port?: number;
  readonly pods: readonly RoutedPod[];
  /** The slots of these pods, each once, in order of their names: none is an outage, two are a mix. */
  readonly slots: readonly string[];
}

/** How the routing of each Service changed, so that a test can say "never empty, never mixed". */
export class RoutingHistory {
  readonly #network: Network;
  readonly #now: () => number;
  readonly #moments = new Map<string, RoutingMoment[]>();

  constructor(network: Network, now: () => number) {
    this.#network = network;
    this.#now = now;
  }

  /** The moments of a Service, oldest first; one only when the pods changed. */
  of(namespace: string, service: string): readonly RoutingMoment[] {
    return this.#moments.get(`${namespace}/${service}`) ?? [];
  }

  selected(key: string, slices: readonly EndpointSlice[]): void {
    const ready = slices.flatMap(slice => slice.endpoints ?? []).filter(({ conditions }) => conditions.ready !== false);
    this.#add(
      key,
      'endpoints',
      ready.flatMap(({ addresses }) => this.#podAt(addresses[0] ?? '')),
    );
  }

  routed(key: string, port: number, backends: readonly Backend[]): void {
    const byName = new Map(this.#network.hosts().map(host => [host.pod, host]));
    const routed = backends.map(({ id }) => {
      const identity = byName.get(id)?.identity;
      return { pod: id, slot: identity?.slot ?? '', version: identity?.version ?? '' };
    });
    this.#add(key, 'router', routed, port);
  }

  #podAt(address: string): RoutedPod[] {
    const host = this.#network.host(address);
    return host === undefined ? [] : [{ pod: host.pod, slot: host.identity.slot, version: host.identity.version }];
  }

  #add(key: string, source: RoutingMoment['source'], pods: readonly RoutedPod[], port?: number): void {
    const moments = this.#moments.get(key) ?? [];
    this.#moments.set(key, moments);
    const last = moments.findLast(moment => moment.source === source && moment.port === port);
    if (last !== undefined && last.pods.map(({ pod }) => pod).join() === pods.map(({ pod }) => pod).join()) return;
    const slots = [...new Set(pods.map(({ slot }) => slot))].sort();
    moments.push({ at: this.#now(), source, ...(port === undefined ? {} : { port }), pods, slots });
  }
}
