import { generateKeyPairSync } from 'node:crypto';
import { DataPlane, type RunningInstance } from '../dataplane/index.js';
import type { Balancer, BalancerOptions } from '../edge-lb/balancer/balancer.js';
import { EdgeLb } from '../edge-lb/edge-lb.js';
import type { Pool } from '../edge-lb/pool.js';
import type { MarathonLb, MarathonLbOptions } from '../marathon-lb/marathon-lb.js';
import { createCertificate } from '../serving/certificate.js';
import { Faults } from '../serving/faults.js';
import { type Interception, noInterception } from '../serving/interception.js';
import { RequestLog } from '../serving/request-log.js';
import type { PlatformServer } from '../serving/server.js';
import { Timers } from '../serving/timers.js';
import { type AppBehaviour, labelledBehaviour } from './behaviour.js';
import type { Capacity, MarathonContext } from './context.js';
import type { App, VersionedApp } from './definition.js';
import { Events } from './events.js';
import { Gateway } from './gateway.js';
import { Identity, type User } from './identity.js';
import { Leadership } from './leadership.js';
import { Marathon } from './marathon.js';
import type { EndedTask } from './run.js';
import { marathonServer, type RecordedExchange } from './server.js';
import { MarathonService } from './service.js';
import type { Task } from './task.js';
import { defaultTiming, type Timing } from './timing.js';

export interface EmbeddedMarathonOptions {
  readonly timing?: Partial<Timing>;
  /** How the tasks of an app behave; what it leaves out the app's labels say. See `labelledBehaviour`. */
  readonly behaviour?: (app: App) => AppBehaviour;
  /** What all agents have together; enough for everything unless told. */
  readonly capacity?: Capacity;
  /** What carries the traffic of the pools: `haproxy` (which must be installed) or `built-in`; HAProxy where it is unless told. */
  readonly router?: 'haproxy' | 'built-in';
  /**
   * What each task runs as a process of its own (see `InstanceProcess.start`): it gets a real SIGTERM, and SIGKILL at the end
   * of its grace period. Unless told, tasks run in this process, which is much quicker and behaves alike.
   */
  readonly program?: readonly string[];
  /** Serves HTTPS with a certificate that nobody knows but `ca`, as clusters with a private authority do; HTTP unless told. */
  readonly tls?: boolean;
  /** How long a token is valid; five days unless told. */
  readonly tokenLifeMs?: number;
  /** The name that Edge-LB's service is installed under; `edgelb` unless told. */
  readonly edgeLbName?: string;
  /** Told each request and the answer of the platform, to be held against a description. */
  readonly onExchange?: (exchange: RecordedExchange) => void;
  /** The clock; milliseconds since the epoch. */
  readonly now?: () => number;
}

/** What somebody logs in with. */
export interface Credentials {
  readonly uid: string;
  readonly password: string;
}

/** What a service account logs in with. */
export interface ServiceAccount {
  readonly uid: string;
  /** PEM (PKCS #8). */
  readonly privateKey: string;
}

/** A DC/OS in this process: Marathon, Edge-LB with load balancers, the gateway in front of them, and tasks that answer HTTP. */
export class EmbeddedMarathon implements AsyncDisposable {
  /** The cluster's URL: `/service/marathon`, `/service/edgelb` and `/acs/api/v1/auth/login` are below it; `/v2` is Marathon alone. */
  readonly url: string = '';
  /** What carries the traffic of the pools. */
  readonly router: 'haproxy' | 'built-in';
  readonly credentials: Credentials = { uid: 'bootstrapuser', password: 'deleteme' };
  readonly faults = new Faults();
  readonly interception: Interception = noInterception();
  readonly requests = new RequestLog();
  readonly dataPlane = new DataPlane();
  readonly timing: Timing;
  readonly events: Events;
  readonly identity: Identity;
  readonly leadership: Leadership;
  readonly gateway: Gateway;
  readonly edgeLb: EdgeLb;
  readonly marathon: Marathon;

  /** PEM of who has signed the certificate; undefined where HTTP is served. */
  readonly ca: string | undefined;

  readonly #timers = new Timers();
  readonly #server: PlatformServer;
  readonly #leader: PlatformServer;
  readonly #createBalancer: (options: BalancerOptions) => Balancer;
  readonly #marathonLbs: MarathonLb[] = [];
  readonly #working = new Set<Promise<unknown>>();
  readonly #problems: unknown[] = [];

  private constructor(
    options: EmbeddedMarathonOptions,
    router: EmbeddedMarathon['router'],
    createBalancer: (options: BalancerOptions) => Balancer,
  ) {
    const { behaviour, capacity = {}, now = Date.now, timing, tokenLifeMs = 5 * 86_400_000 } = options;
    this.router = router;
    this.#createBalancer = createBalancer;
    this.timing = { ...defaultTiming, ...timing };
    this.events = new Events(now);
    const context: MarathonContext = {
      now,
      timing: this.timing,
      timers: this.#timers,
      dataPlane: this.dataPlane,
      program: options.program,
      events: this.events,
      behaviour: app => ({ ...labelledBehaviour(app), ...behaviour?.(app) }),
      capacity,
      track: work => this.#track(work),
      changed: () => {
        this.edgeLb.update();
        for (const marathonLb of this.#marathonLbs) marathonLb.update();
      },
    };
    this.marathon = new Marathon(context);
    this.edgeLb = new EdgeLb({ context, tasks: () => this.marathon.tasks, createBalancer });
    this.identity = new Identity(now, tokenLifeMs);
    this.identity.addUser(this.credentials);
    this.leadership = new Leadership(context);
    const service = new MarathonService(this.marathon, this.leadership);
    const { edgeLbName = 'edgelb', onExchange = () => {} } = options;
    this.gateway = new Gateway({ identity: this.identity, marathon: service, edgeLb: this.edgeLb, edgeLbName });
    const { faults, gateway, interception, requests } = this;
    const certificate = options.tls === true ? createCertificate(now()) : undefined;
    this.ca = certificate?.cert;
    const serving = { certificate, gateway, faults, interception, requests, onExchange, now };
    this.#server = marathonServer({ ...serving, isLeader: false });
    this.#leader = marathonServer({ ...serving, isLeader: true });
  }

  static async start(options: EmbeddedMarathonOptions = {}): Promise<EmbeddedMarathon> {
    const { findHaproxy, Haproxy } = await import('../edge-lb/balancer/haproxy.js');
    const router = options.router ?? ((await findHaproxy()) ? 'haproxy' : 'built-in');
    const { BuiltInBalancer } = await import('../edge-lb/balancer/built-in.js');
    const create = (given: BalancerOptions) => (router === 'haproxy' ? new Haproxy(given) : new BuiltInBalancer(given));
    const platform = new EmbeddedMarathon(options, router, create);
    platform.leadership.leaderUrl = await platform.#leader.listen();
    (platform as { url: string }).url = await platform.#server.listen();
    return platform;
  }

  /** A token of the administrator, or of another user. */
  token(uid = this.credentials.uid): string {
    return this.identity.token(uid);
  }

  addUser(user: User): void {
    this.identity.addUser(user);
  }

  /** Makes a service account with a new key. */
  addServiceAccount(uid: string, permissions?: readonly string[]): ServiceAccount {
    const pair = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      publicKeyEncoding: { type: 'spki', format: 'pem' },
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    });
    this.identity.addUser({ uid, publicKey: pair.publicKey, ...(permissions === undefined ? {} : { permissions }) });
    return { uid, privateKey: pair.privateKey };
  }

  /** Requests that the server has no route for; a test can assert that there are none. */
  get unknownRequests(): RequestLog['unknown'] {
    return this.requests.unknown;
  }

  /** Where a frontend of a pool is reached on this machine, by the port that users know. */
  poolUrl(pool: string, frontendPort: number, loadBalancer = 0): string {
    return this.#runtime(pool).url(frontendPort, loadBalancer);
  }

  /** Where a load balancer of a pool tells its statistics, configuration and processes. */
  statsUrl(pool: string, loadBalancer = 0): string {
    const { haproxy } = this.pool(pool);
    return this.#runtime(pool).url(haproxy.stats.bindPort, loadBalancer);
  }

  /** Starts a marathon-lb, whose load balancers follow the labels of apps. */
  async startMarathonLb(options: MarathonLbOptions = {}): Promise<MarathonLb> {
    const { MarathonLb } = await import('../marathon-lb/marathon-lb.js');
    const marathonLb = await MarathonLb.start(this.marathon, this.#createBalancer, options);
    this.#marathonLbs.push(marathonLb);
    marathonLb.update(); // for what has changed while it started
    return marathonLb;
  }

  /** A pool as it is stored. @throws Error when there is none */
  pool(name: string): Pool {
    const pool = this.edgeLb.pools.find(candidate => candidate.name === name);
    if (pool === undefined) throw new Error(`Edge-LB has no pool ${name}. Create it first.`);
    return pool;
  }

  /** An app as it is defined; undefined when there is none. */
  app(id: string): VersionedApp | undefined {
    return this.marathon.apps.get(id);
  }

  tasks(id: string): readonly Task[] {
    return this.marathon.tasks.filter(({ app }) => app.id === id);
  }

  /** The running instances of an app. */
  instances(id: string): readonly RunningInstance[] {
    return this.tasks(id).flatMap(({ instance }) => instance ?? []);
  }

  /** Tasks that are over, oldest first. */
  get endedTasks(): readonly EndedTask[] {
    return this.marathon.ended;
  }

  /**
   * Resolves when nothing more is going to happen by itself: no deployment is on its way, no load balancer is behind.
   *
   * @throws AggregateError when a part of the platform failed, Error when it takes too long
   */
  async settled({
    signal,
    withinMs = 10_000,
  }: {
    readonly withinMs?: number;
    readonly signal?: AbortSignal;
  } = {}): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!this.#isSettled()) {
      signal?.throwIfAborted();
      if (performance.now() > deadline) throw new Error(`The embedded Marathon did not settle within ${withinMs} ms.`);
      await new Promise(resolve => setTimeout(resolve, 2));
    }
    if (this.#problems.length === 0) return;
    const sentences = this.#problems.map(problem => (problem instanceof Error ? problem.message : String(problem)));
    throw new AggregateError(
      this.#problems,
      `The embedded Marathon has failed at its own work: ${sentences.join(' ')}`,
    );
  }

  async close(): Promise<void> {
    this.leadership.cutStreams();
    this.#timers.close();
    await Promise.all([this.#server.close(), this.#leader.close(), this.edgeLb.close()]);
    await Promise.all(this.#marathonLbs.map(marathonLb => marathonLb.close()));
    await this.dataPlane.close();
    await Promise.allSettled(this.#working);
    await this.dataPlane.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #isSettled(): boolean {
    return this.#timers.settled && this.#working.size === 0 && this.marathon.deployments.size === 0;
  }

  #runtime(pool: string) {
    const runtime = this.edgeLb.runtimes.get(pool);
    if (runtime === undefined) throw new Error(`Edge-LB has no pool ${pool}. Create it first.`);
    return runtime;
  }

  #track(work: Promise<unknown>): void {
    const done: Promise<unknown> = work
      .catch((error: unknown) => this.#problems.push(error))
      .finally(() => this.#working.delete(done));
    this.#working.add(done);
  }
}
