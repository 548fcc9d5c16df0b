import { loadAll } from 'js-yaml';
import { DataPlane, type Instance } from '../dataplane/index.js';
import { type Certificate, createCertificate } from '../serving/certificate.js';
import { Faults } from '../serving/faults.js';
import { type Interception, noInterception } from '../serving/interception.js';
import { RequestLog } from '../serving/request-log.js';
import { Timers } from '../serving/timers.js';
import { Handler } from './api/handler.js';
import { ApiServer } from './api/server.js';
import { Authority } from './auth.js';
import { annotatedBehaviour, type PodBehaviour } from './behaviour.js';
import type { ControlContext } from './controllers/context.js';
import { EventRecorder } from './controllers/events.js';
import { Controllers } from './controllers/index.js';
import { Network } from './controllers/network.js';
import { admitWithinQuota } from './controllers/quotas.js';
import { kubeconfig } from './kubeconfig.js';
import type { KubernetesObject, Labels, Pod } from './objects.js';
import { Registry } from './registry.js';
import { resourceNamed, resourceOfKind } from './resources.js';
import { RoutingHistory, type RoutingMoment } from './routing-history.js';
import { seedObjects } from './seed.js';
import { mapMatcher } from './selectors.js';
import { Store } from './store.js';
import { defaultTiming, type Timing } from './timing.js';

export interface EmbeddedKubernetesOptions {
  /** Where the API listens; `127.0.0.1:0` (any free port) unless told. */
  readonly listen?: string;
  /** The administrator's bearer token; a random one unless told. */
  readonly token?: string;
  /** What stands before every path of the API, e.g. `/k8s/clusters/c-1`. */
  readonly pathPrefix?: string;
  /** Serves HTTPS with a certificate of its own, as kubectl needs it to send a token; plain HTTP unless told. */
  readonly tls?: boolean;
  readonly timing?: Partial<Timing>;
  /** How each pod behaves; what it leaves out its annotations say. See `annotatedBehaviour`. */
  readonly behaviour?: (pod: Pod) => PodBehaviour;
  /** The clock; milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface SettledOptions {
  /** Milliseconds; 10 s unless told. */
  readonly withinMs?: number;
  readonly signal?: AbortSignal;
}

/** A Kubernetes in this process: an API that kubectl and client libraries accept, controllers, and pods that answer HTTP. */
export class EmbeddedKubernetes implements AsyncDisposable {
  /** The API's URL, with the path prefix. */
  readonly url: string;
  readonly authority: Authority;
  readonly faults = new Faults();
  readonly interception: Interception = noInterception();
  readonly requests = new RequestLog();
  readonly dataPlane = new DataPlane();
  readonly timing: Timing;

  readonly #context: ControlContext;
  readonly #controllers: Controllers;
  readonly #history: RoutingHistory;
  readonly #server: ApiServer;
  readonly #certificate: Certificate | undefined;
  readonly #working = new Set<Promise<unknown>>();
  readonly #problems: unknown[] = [];

  private constructor(options: EmbeddedKubernetesOptions) {
    const { behaviour, now = Date.now, pathPrefix = '', timing, tls = false, token } = options;
    const store = new Store();
    const network = new Network();
    const registry = new Registry(store, { allocator: allocator(), now, admit: admitWithinQuota(store) });
    this.timing = { ...defaultTiming, ...timing };
    this.authority = new Authority(token);
    this.#history = new RoutingHistory(network, now);
    this.#context = {
      store,
      registry,
      network,
      now,
      timing: this.timing,
      timers: new Timers(),
      dataPlane: this.dataPlane,
      events: new EventRecorder(registry),
      behaviour: pod => ({ ...annotatedBehaviour(pod), ...behaviour?.(pod) }),
      track: work => this.#track(work),
    };
    this.#controllers = new Controllers(this.#context, this.#history);
    const handler = new Handler(this.#context, this.#controllers.kubelet);
    const { authority, faults, interception, requests } = this;
    this.#certificate = tls ? createCertificate(now()) : undefined;
    const certificate = this.#certificate;
    this.#server = new ApiServer({ handler, authority, faults, interception, requests, pathPrefix, certificate, now });
    this.url = '';
  }

  static async start(options: EmbeddedKubernetesOptions = {}): Promise<EmbeddedKubernetes> {
    const platform = new EmbeddedKubernetes(options);
    const { host, port } = address(options.listen ?? '127.0.0.1:0');
    (platform as { url: string }).url = await platform.#server.listen(host, port);
    seedObjects(platform.#context.registry);
    platform.#context.store.compact();
    return platform;
  }

  /** The administrator's bearer token. */
  get token(): string {
    return this.authority.token;
  }

  /** Requests that the server has no idea of; a test can assert that there are none. */
  get unknownRequests(): RequestLog['unknown'] {
    return this.requests.unknown;
  }

  /** A kubeconfig as YAML, for the administrator or another token. */
  kubeconfig(token = this.token): string {
    return kubeconfig(this.url, token, this.#certificate?.cert);
  }

  /** The loopback address of a Service's port (its first unless told): what a client of the cluster would call. */
  serviceUrl(namespace: string, name: string, port?: number): string {
    const router = this.#controllers.frontDoors.router(namespace, name, port);
    if (router !== undefined) return router.url;
    const what = `Service ${namespace}/${name}${port === undefined ? '' : ` port ${port}`}`;
    throw new Error(`${what} has no front door. Create it first, with ports, and wait for settled().`);
  }

  /** The loopback address of what stands in front of a route, such as `httproute/shop`: what a client outside would call. */
  routeUrl(namespace: string, route: string): string {
    const [word = '', name = ''] = route.split('/');
    const { plural } = resourceNamed(word);
    const router = this.#controllers.fronts.find(front => front.plural === plural)?.router(namespace, name);
    if (router !== undefined) return router.url;
    throw new Error(`${route} of ${namespace} has no front. Create it first, and wait for settled().`);
  }

  /** Creates objects, or replaces those that exist; namespaces that are missing are created. */
  async apply(manifests: string | readonly object[]): Promise<void> {
    const objects = (typeof manifests === 'string' ? loadAll(manifests) : manifests) as KubernetesObject[];
    for (const object of objects.flatMap(unpack)) this.#applyOne(object);
  }

  /** The objects of a kind (`Service`, `services`, `svc`), in one namespace or in all. */
  objects<T extends KubernetesObject = KubernetesObject>(kind: string, namespace?: string): T[] {
    return this.#context.store.list(resourceNamed(kind), namespace) as T[];
  }

  /** The running instances of the pods that carry these labels. */
  instances(namespace: string, selector: Labels = {}): Instance[] {
    const matches = mapMatcher(selector);
    const names = new Set(
      this.objects<Pod>('pods', namespace)
        .filter(pod => matches(pod.metadata.labels ?? {}))
        .map(pod => pod.metadata.name),
    );
    const hosts = this.#context.network.hosts();
    return hosts.filter(host => host.namespace === namespace && names.has(host.pod)).map(({ instance }) => instance);
  }

  /** How the routing of a Service changed, oldest first. */
  routing(namespace: string, service: string): readonly RoutingMoment[] {
    return this.#history.of(namespace, service);
  }

  /** Forgets the history of writes: every resourceVersion from before is too old from now on (410 Expired). */
  compact(): void {
    this.#context.store.compact();
  }

  /**
   * Resolves when nothing more is going to happen by itself; crash loops, deadlines and retries do not count.
   *
   * @throws AggregateError when a controller failed, Error when it takes too long
   */
  async settled({ withinMs = 10_000, signal }: SettledOptions = {}): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!this.#isSettled()) {
      signal?.throwIfAborted();
      if (performance.now() > deadline)
        throw new Error(`The embedded Kubernetes did not settle within ${withinMs} ms.`);
      await new Promise(resolve => setTimeout(resolve, 2));
    }
    const problems = [...this.#controllers.problems, ...this.#problems];
    if (problems.length > 0) throw new AggregateError(problems, 'The embedded Kubernetes has failed at its own work.');
  }

  async close(): Promise<void> {
    this.#context.timers.close();
    this.#controllers.close();
    await this.#server.close();
    await this.dataPlane.close();
    await Promise.allSettled(this.#working);
    await this.dataPlane.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #isSettled(): boolean {
    const { frontDoors, fronts } = this.#controllers;
    const propagating = [frontDoors, ...fronts].some(front => front.propagating);
    return this.#context.timers.settled && this.#working.size === 0 && !propagating;
  }

  #track(work: Promise<unknown>): void {
    const done: Promise<unknown> = work
      .catch((error: unknown) => this.#problems.push(error))
      .finally(() => this.#working.delete(done));
    this.#working.add(done);
  }

  #applyOne(given: KubernetesObject): void {
    const resource = resourceOfKind(given.apiVersion, given.kind);
    if (resource === undefined) throw new Error(`The embedded Kubernetes serves no ${given.apiVersion} ${given.kind}.`);
    const { registry, store } = this.#context;
    const namespaces = resourceNamed('namespaces');
    const namespace = resource.namespaced ? (given.metadata.namespace ?? 'default') : '';
    if (namespace !== '' && store.get(namespaces, '', namespace) === undefined) {
      registry.create(namespaces, '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    }
    const manager = { name: 'embedded', operation: 'Update' } as const;
    const { name } = given.metadata;
    const current = name === undefined ? undefined : store.get(resource, namespace, name);
    if (current === undefined) registry.create(resource, namespace, given, { manager });
    else {
      const { resourceVersion = current.metadata.resourceVersion ?? '' } = given.metadata;
      const replacement = { ...given, metadata: { ...given.metadata, resourceVersion } };
      registry.update(resource, namespace, name, () => replacement, { manager });
    }
  }
}

function unpack(object: KubernetesObject | null | undefined): KubernetesObject[] {
  if (object === null || object === undefined) return [];
  return object.kind === 'List' ? ((object.items ?? []) as KubernetesObject[]) : [object];
}

function address(listen: string): { host: string; port: number } {
  const [, host = '', port = ''] = /^\[?([^\]]+)\]?:(\d+)$/.exec(listen) ?? [];
  if (host === '') throw new Error(`"${listen}" is no address. Write for example 127.0.0.1:0 (any free port).`);
  return { host, port: Number(port) };
}

function allocator() {
  let service = 1;
  let port = 30_000;
  return {
    clusterIP: () => {
      service += 1;
      return `10.96.${service >> 8}.${service & 255}`;
    },
    nodePort: () => {
      port += 1;
      return port;
    },
  };
}
