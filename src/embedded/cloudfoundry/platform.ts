import { DataPlane } from '../dataplane/index.js';
import { Faults } from '../serving/faults.js';
import { type Interception, noInterception } from '../serving/interception.js';
import { RequestLog } from '../serving/request-log.js';
import { type Incoming, PlatformServer } from '../serving/server.js';
import { Timers } from '../serving/timers.js';
import { Api, type RateLimit } from './api/index.js';
import type { Behaviour } from './behaviour.js';
import type { CloudFoundryContext } from './context.js';
import { Diego } from './diego.js';
import { Front } from './front.js';
import type { AppInstance } from './instance.js';
import { LogCache } from './log-cache.js';
import { type App, Database, type Domain, type Droplet } from './model.js';
import { type LostMessages, RouteEmitter } from './route-emitter.js';
import { Gorouter } from './router.js';
import { type Seed, seed } from './seed.js';
import { defaultTiming, type Timing } from './timing.js';
import { type Client, type Issuer, Uaa, type User } from './uaa.js';

export interface EmbeddedCloudFoundryOptions {
  readonly timing?: Partial<Timing>;
  readonly behaviour?: (app: App, droplet: Droplet | undefined) => Behaviour;
  readonly users?: readonly User[];
  readonly clients?: readonly Client[];
  /** Whose ID tokens are taken for users. */
  readonly issuer?: Issuer;
  /** How long an access token is valid; ten minutes unless told. */
  readonly tokenLifeMs?: number;
  /** None unless told. */
  readonly rateLimit?: RateLimit;
  /** Whether it is Korifi: fewer endpoints, and its own token in place of UAA's. */
  readonly isKorifi?: boolean;
  /** The longest page of a list, whatever is asked for; 5000 unless told. */
  readonly mostPerPage?: number;
  readonly now?: () => number;
}

/** A Cloud Foundry in this process: the v3 API, UAA and log-cache, and routers in front of instances that answer HTTP. */
export class EmbeddedCloudFoundry implements AsyncDisposable {
  /** The API's URL; its root leads to everything else. */
  readonly url: string = '';
  /** What Korifi takes as a token. */
  readonly token = 'embedded-token';
  readonly user: User = { name: 'admin', password: 'admin-password' };
  readonly faults = new Faults();
  readonly interception: Interception = noInterception();
  readonly requests = new RequestLog();
  /** What the Cloud Controller says with every answer, such as that something is deprecated. */
  readonly warnings: string[] = [];
  readonly dataPlane = new DataPlane();
  readonly timing: Timing;
  readonly database: Database;
  readonly diego: Diego;
  readonly uaa: Uaa;
  readonly routers: Gorouter[] = [];
  readonly #timers = new Timers();
  readonly #logs: LogCache;
  readonly #context: CloudFoundryContext;
  readonly #emitter: RouteEmitter;
  readonly #server: PlatformServer;
  readonly #fronts = new Map<string, Front>();
  readonly #working = new Set<Promise<unknown>>();
  readonly #problems: unknown[] = [];

  private constructor(options: EmbeddedCloudFoundryOptions) {
    const { behaviour, now = Date.now, isKorifi = false, users = [], clients = [] } = options;
    this.timing = { ...defaultTiming, ...options.timing };
    this.database = new Database(now);
    this.#logs = new LogCache(now);
    const everybody: readonly User[] = [this.user, ...users];
    const rolesOf = (name: string) => everybody.find(user => user.name === name)?.roles ?? ['space_developer'];
    this.#context = {
      now,
      timing: this.timing,
      timers: this.#timers,
      dataPlane: this.dataPlane,
      database: this.database,
      isKorifi,
      mostPerPage: options.mostPerPage ?? 5_000,
      users: () => [...everybody.map(({ name }) => name), ...clients.map(({ id }) => id), ...this.uaa.federated],
      rolesOf,
      behaviour: (app, droplet) => behaviour?.(app, droplet) ?? {},
      track: work => this.#track(work),
    };
    this.#emitter = new RouteEmitter(this.#context, () => this.diego, this.routers);
    this.diego = new Diego(this.#context, this.#logs, () => this.#emitter.update());
    const tokenLifeMs = options.tokenLifeMs ?? 600_000;
    this.uaa = new Uaa({ users: everybody, clients, issuer: options.issuer, tokenLifeMs, now });
    const { database, diego, uaa, faults, interception, requests } = this;
    const parts = { context: this.#context, database, diego, emitter: this.#emitter, logs: this.#logs };
    const fixedToken = isKorifi ? this.token : undefined;
    const { warnings } = this;
    const api = new Api({ ...parts, uaa, fixedToken, rateLimit: options.rateLimit, warnings });
    const answer = (incoming: Incoming) => api.answer(incoming);
    this.#server = new PlatformServer({ faults, interception, requests, now, isWrite, answer });
  }

  static async start(options: EmbeddedCloudFoundryOptions = {}): Promise<EmbeddedCloudFoundry> {
    const platform = new EmbeddedCloudFoundry(options);
    const answered = platform.#logs.request.bind(platform.#logs);
    for (const _ of platform.timing.map) {
      const router = await Gorouter.start({
        answered: ({ app, index }, method, uri, status, startedAt) =>
          answered(app, index, method, uri, status, startedAt),
      });
      platform.routers.push(router);
    }
    (platform as { url: string }).url = await platform.#server.listen();
    return platform;
  }

  /** What goes wrong between the database and the routers. */
  get lost(): LostMessages {
    return this.#emitter.lost;
  }

  /** Creates an organization, a space, a domain, apps that run and routes, past the API, and waits until they answer. */
  async seed(wanted: Seed): Promise<void> {
    seed(this.database, wanted);
    this.diego.reconcile();
    this.#emitter.update();
    await this.settled();
  }

  /** A loopback URL in front of all routers for a route such as `shop.example.test/path`. */
  async liveUrl(route: string): Promise<string> {
    const [host = '', ...path] = route.split('/');
    const front = this.#fronts.get(host) ?? (await Front.start(host, this.routers));
    this.#fronts.set(host, front);
    return path.length > 0 ? `${front.url}/${path.join('/')}` : front.url;
  }

  app(name: string): App | undefined {
    return [...this.database.apps.values()].find(app => app.name === name);
  }

  /** The instances of an app's web process that are not on their way out. */
  instances(name: string): readonly AppInstance[] {
    const guid = this.app(name)?.guid;
    return [...this.diego.instances].filter(({ app, isLeaving }) => app.guid === guid && !isLeaving);
  }

  domain(name: string): Domain | undefined {
    return [...this.database.domains.values()].find(domain => domain.name === name);
  }

  /** Resolves when nothing more is going to happen by itself; crash loops do not count. */
  async settled({ withinMs = 10_000 } = {}): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!this.#timers.settled || this.#working.size > 0) {
      if (performance.now() > deadline)
        throw new Error(`The embedded Cloud Foundry did not settle within ${withinMs} ms.`);
      await new Promise(resolve => setTimeout(resolve, 5));
    }
    if (this.#problems.length > 0) {
      throw new AggregateError(this.#problems, 'The embedded Cloud Foundry has failed at its own work.');
    }
  }

  async close(): Promise<void> {
    this.#timers.close();
    await this.#server.close();
    this.diego.close();
    await this.dataPlane.close();
    await Promise.allSettled(this.#working);
    await Promise.all([...this.#fronts.values(), ...this.routers].map(part => part.close()));
    await this.dataPlane.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #track(work: Promise<unknown>): void {
    const done: Promise<unknown> = work
      .catch((error: unknown) => this.#problems.push(error))
      .finally(() => this.#working.delete(done));
    this.#working.add(done);
  }
}

/** Logging in changes nothing. */
function isWrite(method: string, path: string): boolean {
  return method !== 'GET' && method !== 'HEAD' && !path.startsWith('/uaa/');
}
