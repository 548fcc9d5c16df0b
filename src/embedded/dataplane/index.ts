import { HttpRouter, type HttpRouterOptions } from './http-router.js';
import { Instance, type InstanceOptions } from './instance.js';
import { InstanceProcess } from './instance-process.js';
import type { ProgramOptions } from './program.js';
import { Router, type RouterOptions } from './router.js';

export type { Answer, Identity } from './answers.js';
export type { Gauge, GaugeReading } from './gauge.js';
export { type Destination, HttpRouter, type HttpRouterOptions, type Rule } from './http-router.js';
export { Instance, type InstanceOptions, probeHeader, type TerminateOptions } from './instance.js';
export { InstanceProcess } from './instance-process.js';
export type { ProgramOptions } from './program.js';
export { type Backend, type ConnectionCount, Router, type RouterOptions } from './router.js';
export type { InstanceState, RunningInstance } from './running-instance.js';
export { refuseUpgrade } from './web-sockets.js';

/** Everything that a platform in a box runs: it remembers what it started, so that one call ends it all. */
export class DataPlane {
  readonly instances = new Set<Instance>();
  readonly processes = new Set<InstanceProcess>();
  readonly routers = new Set<Router>();
  readonly httpRouters = new Set<HttpRouter>();

  async startInstance(options: InstanceOptions): Promise<Instance> {
    const instance = await Instance.start(options);
    this.instances.add(instance);
    void instance.stopped.then(() => this.instances.delete(instance));
    return instance;
  }

  /** The same in a process of its own. @param command the program, see `InstanceProcess.start` */
  async startProcess(command: readonly string[], options: ProgramOptions): Promise<InstanceProcess> {
    const instance = await InstanceProcess.start(command, options);
    this.processes.add(instance);
    void instance.stopped.then(() => this.processes.delete(instance));
    return instance;
  }

  async startRouter(options: RouterOptions = {}): Promise<Router> {
    const router = await Router.start(options);
    this.routers.add(router);
    return router;
  }

  async startHttpRouter(options: HttpRouterOptions = {}): Promise<HttpRouter> {
    const router = await HttpRouter.start(options);
    this.httpRouters.add(router);
    return router;
  }

  async close(): Promise<void> {
    for (const instance of [...this.instances, ...this.processes]) instance.kill();
    await Promise.all([...this.processes].map(({ stopped }) => stopped));
    await Promise.all([...this.routers, ...this.httpRouters].map(router => router.close()));
    this.routers.clear();
    this.httpRouters.clear();
  }
}
