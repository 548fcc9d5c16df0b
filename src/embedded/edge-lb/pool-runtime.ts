import type { MarathonContext } from '../marathon/context.js';
import type { Balancer, BalancerOptions } from './balancer/balancer.js';
import type { Configuration } from './balancer/configuration.js';
import { renderConfiguration } from './balancer/render.js';
import { LoadBalancer } from './load-balancer.js';
import { Ports } from './ports.js';

export interface PoolRuntimeOptions {
  readonly context: MarathonContext;
  readonly createBalancer: (options: BalancerOptions) => Balancer;
  /** What the load balancers shall do now. */
  readonly configuration: () => Configuration;
  readonly count: number;
  readonly statsPort: number;
  /** Ports that are chosen before a frontend binds them; none unless told. */
  readonly bound?: readonly number[];
  /** The ports of load balancers that these take the place of: they keep them. */
  readonly ports?: Ports;
}

/** A reload that a load balancer has made, or has refused to make. */
export interface Reload {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly loadBalancer: number;
  /** Why HAProxy has refused the configuration; undefined when it runs. */
  readonly refusal?: string;
}

/** The load balancers of one pool, and what keeps them up to date: each reloads at most once in a while. */
export class PoolRuntime {
  readonly ports: Ports;
  readonly reloads: Reload[] = [];
  loadBalancers: readonly LoadBalancer[] = [];
  /** The configuration that was rendered last, whether it runs or was refused; undefined before the first. */
  rendered: string | undefined;
  /** Load balancers, by their number, that do not hear of changes. */
  readonly deaf = new Set<number>();

  readonly #options: PoolRuntimeOptions;
  readonly #tried: (string | undefined)[] = [];
  #work: Promise<void> = Promise.resolve();
  #isWaiting = false;
  #lastReload = 0;
  #isClosed = false;

  constructor(options: PoolRuntimeOptions) {
    this.#options = options;
    this.ports = options.ports ?? new Ports();
  }

  /** Starts the load balancers; changes that come meanwhile wait for it. */
  async start(): Promise<void> {
    const started = this.#start();
    this.#work = started.catch(() => {});
    await started;
  }

  /** Something has changed: soon the load balancers follow. */
  update(): void {
    if (this.#isWaiting || this.#isClosed) return;
    this.#isWaiting = true;
    const { timers, timing, track } = this.#options.context;
    const earliest = this.#lastReload + timing.reload - performance.now();
    timers.after(Math.max(timing.convergence, earliest), () => {
      this.#isWaiting = false;
      const reloaded = this.#work.then(() => this.#reload());
      // One that fails is told by track, and does not keep the next one from being tried.
      this.#work = reloaded.catch(() => {});
      track(reloaded);
    });
  }

  /** @throws Error for a port that no frontend binds */
  url(bindPort: number, loadBalancer = 0): string {
    return `http://${this.#addresses[loadBalancer]}:${this.ports.of(bindPort)}`;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#work;
    await Promise.all(this.loadBalancers.map(loadBalancer => loadBalancer.close()));
  }

  /** Each load balancer of a pool has a loopback address of its own, and all have the same ports. */
  get #addresses(): readonly string[] {
    return Array.from({ length: this.#options.count }, (_, index) => `127.0.0.${index + 1}`);
  }

  async #start(): Promise<void> {
    const { bound = [], configuration, statsPort } = this.#options;
    await this.ports.choose(statsPort, this.#addresses);
    const frontends = configuration().frontends.map(({ bindPort }) => bindPort);
    for (const bindPort of [...bound, ...frontends]) await this.ports.choose(bindPort, this.#addresses);
    this.loadBalancers = await Promise.all(this.#addresses.map(address => this.#startOne(address)));
    await this.#reload();
  }

  #startOne(address: string): Promise<LoadBalancer> {
    const { context, createBalancer, statsPort } = this.#options;
    const portOf = (port: number) => this.ports.of(port);
    const balancer = createBalancer({ address, portOf, checkMs: context.timing.serverCheck });
    return LoadBalancer.start({ address, balancer, statsPort: this.ports.of(statsPort) });
  }

  async #reload(): Promise<void> {
    const { configuration, context } = this.#options;
    const wanted = configuration();
    const text = renderConfiguration(wanted, { checkEvery: `${context.timing.serverCheck}ms` });
    for (const { bindPort } of wanted.frontends) await this.ports.choose(bindPort, this.#addresses);
    this.rendered = text;
    for (const [index, { balancer }] of this.loadBalancers.entries()) {
      if (this.#tried[index] === text || this.deaf.has(index) || this.#isClosed) continue;
      this.#tried[index] = text;
      this.#lastReload = performance.now();
      const refusal = await balancer.apply(wanted).catch((error: unknown) => {
        this.#tried[index] = undefined;
        throw error;
      });
      this.reloads.push({ at: context.now(), loadBalancer: index, ...(refusal === undefined ? {} : { refusal }) });
    }
  }
}
