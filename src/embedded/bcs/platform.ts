import { DataPlane, type Instance } from '../dataplane/index.js';
import { Faults } from '../serving/faults.js';
import { type Interception, noInterception } from '../serving/interception.js';
import { RequestLog } from '../serving/request-log.js';
import { type Incoming, PlatformServer } from '../serving/server.js';
import { Timers } from '../serving/timers.js';
import type { Behaviour } from './behaviour.js';
import type { BcsContext } from './context.js';
import type { DeploymentDefinition, ServiceDefinition } from './definition.js';
import { type ExportBehaviour, Exports } from './exports.js';
import { Gateway, type TokenHeader } from './gateway.js';
import { LoadBalancer } from './load-balancer.js';
import { Scheduler } from './scheduler.js';
import { Storage } from './storage.js';
import { defaultTiming, seconds, type Timing } from './timing.js';
import { type KubernetesServer, Tunnel } from './tunnel.js';

export interface EmbeddedBcsOptions {
  /** `BCS-MESOS-10000` unless told. */
  readonly clusterId?: string;
  readonly token?: string;
  /** What carries the token; the header of 1.17 and later unless told. */
  readonly tokenHeader?: TokenHeader;
  /** What a selector change does to backends; `clean` unless told. */
  readonly exportBehaviour?: ExportBehaviour;
  readonly timing?: Partial<Timing>;
  readonly behaviour?: (definition: DeploymentDefinition) => Behaviour;
  /** A Kubernetes cluster behind the gateway's tunnel. */
  readonly kubernetes?: KubernetesServer & { readonly clusterId: string };
  readonly now?: () => number;
}

/** A BCS in this process: the gateway, a Mesos cluster's scheduler and storage, load balancers, and instances that answer HTTP. */
export class EmbeddedBcs implements AsyncDisposable {
  /** The gateway's URL. */
  readonly url: string = '';
  readonly clusterId: string;
  readonly token: string;
  readonly faults = new Faults();
  readonly interception: Interception = noInterception();
  readonly requests = new RequestLog();
  readonly dataPlane = new DataPlane();
  readonly timing: Timing;
  readonly scheduler: Scheduler;
  readonly exports: Exports;
  readonly storage: Storage;
  readonly #timers = new Timers();
  readonly #context: BcsContext;
  readonly #server: PlatformServer;
  readonly #tunnel: Tunnel | undefined;
  readonly #balancers = new Map<string, LoadBalancer>();
  readonly #working = new Set<Promise<unknown>>();
  readonly #problems: unknown[] = [];

  private constructor(options: EmbeddedBcsOptions) {
    const { clusterId = 'BCS-MESOS-10000', token = 'embedded-token', behaviour, kubernetes, now = Date.now } = options;
    this.clusterId = clusterId;
    this.token = token;
    this.timing = { ...defaultTiming, ...options.timing };
    this.#context = {
      now,
      timing: this.timing,
      timers: this.#timers,
      dataPlane: this.dataPlane,
      clusterId,
      behaviour: definition => behaviour?.(definition) ?? {},
      track: work => this.#track(work),
    };
    this.scheduler = new Scheduler(this.#context, taskgroup => this.exports.taskgroupChanged(taskgroup));
    const exported = () => this.#balance();
    this.exports = new Exports(this.#context, this.scheduler, options.exportBehaviour ?? 'clean', exported);
    this.storage = new Storage(this.#context, this.scheduler, this.exports);
    this.#tunnel = kubernetes && new Tunnel(kubernetes.clusterId, kubernetes);
    const { scheduler, storage } = this;
    const tokenHeader = options.tokenHeader ?? 'bearer';
    const gateway = new Gateway({ clusterId, token, tokenHeader, scheduler, storage, tunnel: this.#tunnel });
    const { faults, interception, requests } = this;
    const answer = (incoming: Incoming) => gateway.answer(incoming);
    this.#server = new PlatformServer({ faults, interception, requests, now, isWrite, answer });
    this.#keepReading();
  }

  static async start(options: EmbeddedBcsOptions = {}): Promise<EmbeddedBcs> {
    const platform = new EmbeddedBcs(options);
    (platform as { url: string }).url = await platform.#server.listen();
    return platform;
  }

  /** Creates what these definitions say, past the gateway, and waits until it is there. */
  async seed(
    definitions: {
      readonly deployments?: readonly DeploymentDefinition[];
      readonly services?: readonly ServiceDefinition[];
    },
    patience: { readonly withinMs?: number } = {},
  ): Promise<void> {
    for (const definition of definitions.deployments ?? []) this.scheduler.createDeployment(definition);
    for (const service of definitions.services ?? []) this.scheduler.createService(service);
    await this.settled(patience);
  }

  /** The loopback URL of a service's port (its first unless told): that of the load balancer of its group. */
  liveUrl(namespace: string, name: string, servicePort?: number): string {
    const url = this.frontUrl(namespace, name, servicePort);
    if (url !== undefined) return url;
    throw new Error(
      `No load balancer has a front for ${namespace}/${name}. Create the service with BCSGROUP, and wait.`,
    );
  }

  /** The same; undefined where no load balancer has a front for it. */
  frontUrl(namespace: string, name: string, servicePort?: number): string | undefined {
    const service = this.scheduler.services.get(`${namespace}/${name}`);
    const port = servicePort ?? service?.spec.ports?.[0]?.servicePort;
    const group = service?.metadata.labels?.BCSGROUP?.split(',')[0] ?? '';
    return port === undefined ? undefined : this.#balancers.get(group)?.url(port);
  }

  /** The load balancer of a group. */
  loadBalancer(group: string): LoadBalancer | undefined {
    return this.#balancers.get(group);
  }

  /** The running instances of an application. */
  instances(namespace: string, application: string): readonly Instance[] {
    const taskgroups = this.scheduler.applications.get(`${namespace}/${application}`)?.taskgroups ?? [];
    const ports = taskgroups.map(({ port }) => port);
    return [...this.dataPlane.instances].filter(({ port }) => ports.includes(port));
  }

  /** Resolves when nothing more is going to happen by itself; failures that repeat do not count. */
  async settled({ withinMs = 20_000 } = {}): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!this.#isSettled()) {
      if (performance.now() > deadline) throw new Error(`The embedded BCS did not settle within ${withinMs} ms.`);
      await new Promise(resolve => setTimeout(resolve, 5));
    }
    if (this.#problems.length > 0)
      throw new AggregateError(this.#problems, 'The embedded BCS has failed at its own work.');
  }

  async close(): Promise<void> {
    this.#timers.close();
    await this.#server.close();
    this.#tunnel?.close();
    await this.dataPlane.close();
    await Promise.allSettled(this.#working);
    await Promise.all([...this.#balancers.values()].map(balancer => balancer.close()));
    await this.dataPlane.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #isSettled(): boolean {
    const isQuiet = this.#timers.settled && this.#working.size === 0;
    return isQuiet && this.exports.isUpToDate && this.storage.isUpToDate;
  }

  #keepReading(): void {
    this.exports.read();
    this.#timers.after(seconds.serviceWatch * this.timing.second, () => this.#keepReading(), false);
  }

  #balance(): void {
    const exported = this.exports.shown();
    for (const group of exported.flatMap(({ BCSGroup }) => BCSGroup)) {
      if (!this.#balancers.has(group)) this.#balancers.set(group, new LoadBalancer(this.#context, group));
    }
    for (const balancer of this.#balancers.values()) balancer.update(exported);
  }

  #track(work: Promise<unknown>): void {
    const done: Promise<unknown> = work
      .catch((error: unknown) => this.#problems.push(error))
      .finally(() => this.#working.delete(done));
    this.#working.add(done);
  }
}

/** A query by POST reads, and the tunnel's requests are writes as their methods say. */
function isWrite(method: string, path: string): boolean {
  return method !== 'GET' && method !== 'HEAD' && !path.startsWith('/bcsapi/v4/storage/query/');
}
