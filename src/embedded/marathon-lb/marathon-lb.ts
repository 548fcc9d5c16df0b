import type { Balancer, BalancerOptions } from '../edge-lb/balancer/balancer.js';
import { PoolRuntime } from '../edge-lb/pool-runtime.js';
import type { Marathon } from '../marathon/marathon.js';
import { configurationOf } from './configuration.js';

/** The port of marathon-lb's statistics, as users know it. */
const statsPort = 9090;

export interface MarathonLbOptions {
  /** The groups that it serves; `external` unless told. */
  readonly groups?: readonly string[];
  /** How many load balancers there are; one unless told. */
  readonly count?: number;
  /** Ports whose address is to be known before an app publishes them. */
  readonly ports?: readonly number[];
}

/** A marathon-lb: load balancers that follow the labels of apps. */
export class MarathonLb {
  readonly #runtime: PoolRuntime;

  private constructor(runtime: PoolRuntime) {
    this.#runtime = runtime;
  }

  static async start(
    marathon: Marathon,
    createBalancer: (options: BalancerOptions) => Balancer,
    { count = 1, groups = ['external'], ports = [] }: MarathonLbOptions,
  ): Promise<MarathonLb> {
    const names = new Set(groups);
    const { context } = marathon;
    const configuration = () => configurationOf([...marathon.apps.values()], marathon.tasks, names);
    const runtime = new PoolRuntime({ context, createBalancer, configuration, count, statsPort, bound: ports });
    await runtime.start();
    return new MarathonLb(runtime);
  }

  /** Where a port is reached on this machine: a service port, or 80 for hosts. @throws Error when no app publishes it */
  url(port: number, loadBalancer = 0): string {
    return this.#runtime.url(port, loadBalancer);
  }

  /** Where a load balancer tells its statistics, configuration and processes. */
  statsUrl(loadBalancer = 0): string {
    return this.#runtime.url(statsPort, loadBalancer);
  }

  update(): void {
    this.#runtime.update();
  }

  close(): Promise<void> {
    return this.#runtime.close();
  }
}
