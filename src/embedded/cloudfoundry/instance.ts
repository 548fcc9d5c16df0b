import { randomUUID } from 'node:crypto';
import { createServer } from 'node:net';
import type { Instance } from '../dataplane/index.js';
import { type Behaviour, identityOf } from './behaviour.js';
import type { CloudFoundryContext } from './context.js';
import type { App, Process } from './model.js';

export type InstanceState = 'STARTING' | 'RUNNING' | 'CRASHED' | 'DOWN' | 'STOPPING';

export interface InstanceEvents {
  /** It runs now, or does no more: routers have to be told. */
  readonly changed: () => void;
  readonly ended: (instance: AppInstance) => void;
  readonly log: (text: string) => void;
}

/** What a container uses: of one core in percent, and in bytes. */
export interface ContainerUsage {
  readonly cpu: number;
  readonly memory: number;
  readonly memoryQuota: number;
  readonly disk: number;
  readonly diskQuota: number;
}

const MEBIBYTE = 1_048_576;
const PROGRAM = 24 * MEBIBYTE;
const CONNECTION = MEBIBYTE / 16;

/** One instance of a process: a container with the program and a proxy beside it. */
export class AppInstance {
  readonly guid = randomUUID();
  readonly index: number;
  readonly app: App;
  readonly process: Process;
  readonly startedAt: number;
  state: InstanceState = 'STARTING';
  details: string | null = null;
  readonly #context: CloudFoundryContext;
  readonly #events: InstanceEvents;
  readonly #behaviour: Behaviour;
  #program: Instance | undefined;
  #endOfProxy: () => void = () => {};
  #port: number | undefined;
  #measured = { at: performance.now(), busyMs: 0 };

  constructor(context: CloudFoundryContext, app: App, process: Process, index: number, events: InstanceEvents) {
    this.#context = context;
    this.#events = events;
    this.app = app;
    this.process = process;
    this.index = index;
    this.startedAt = context.now();
    this.#behaviour = context.behaviour(app, this.#droplet);
    if (this.#behaviour.start === 'no-placement') {
      this.state = 'DOWN';
      this.details = 'insufficient resources: memory';
    } else context.timers.after(context.timing.start, () => context.track(this.#start()));
  }

  /** Where its proxy listens; undefined before the program runs. */
  get port(): number | undefined {
    return this.#port;
  }

  /** What runs in it; undefined before it has started. */
  get program(): Instance | undefined {
    return this.#program;
  }

  get isRoutable(): boolean {
    return this.state === 'RUNNING';
  }

  get isLeaving(): boolean {
    return this.state === 'STOPPING';
  }

  /**
   * What the container has used since it was last asked: a request keeps one core busy for as long as it takes, and
   * connections and leaks take memory. Undefined before the program runs.
   */
  usage(): ContainerUsage | undefined {
    const program = this.#program;
    if (!program) return undefined;
    const now = performance.now();
    const { at, busyMs } = this.#measured;
    this.#measured = { at: now, busyMs: program.busyMs };
    const quota = this.process.memory * MEBIBYTE;
    const taken = PROGRAM + program.openConnections * CONNECTION + program.requests * (this.#behaviour.leak ?? 0);
    return {
      cpu: (100 * (program.busyMs - busyMs)) / Math.max(1, now - at),
      memory: Math.min(quota, taken),
      memoryQuota: quota,
      disk: PROGRAM,
      diskQuota: this.process.disk * MEBIBYTE,
    };
  }

  /** SIGTERM, and SIGKILL after the grace; routers are told at the same moment. */
  stop(): void {
    if (this.isLeaving) return;
    this.state = 'STOPPING';
    this.#events.changed();
    const { grace, linger } = this.#context.timing;
    const drains = this.#behaviour.drains ?? true;
    const gone = this.#program?.terminate(grace, { drains, lingerMs: linger }) ?? Promise.resolve();
    const withProxy = drains ? gone : gone.then(() => this.#outliveProgram());
    this.#context.track(withProxy.then(() => this.#events.ended(this)));
  }

  /** The cell loses it, at once. */
  die(): void {
    if (this.state !== 'RUNNING') return;
    this.#program?.kill();
    this.#crash('Instance became unhealthy');
  }

  get #droplet() {
    return this.#context.database.droplets.get(this.app.droplet ?? '');
  }

  async #start(): Promise<void> {
    if (this.isLeaving) return;
    const { answers, latencyMs, start = 'ok', healthyInstances = Number.POSITIVE_INFINITY } = this.#behaviour;
    const identity = { ...identityOf(this.app, this.#droplet), ...this.#behaviour };
    const program = await this.#context.dataPlane.startInstance({
      app: identity.app,
      slot: identity.slot,
      version: identity.version,
      instance: `${this.app.guid}:${this.index}`,
      ...(answers ? { answers } : {}),
      ...(latencyMs ? { latencyMs } : {}),
    });
    if (this.isLeaving) return program.kill();
    this.#program = program;
    this.#port = program.port;
    this.#events.log(`Starting instance ${this.index}`);
    if (start === 'crash') this.#context.timers.after(this.#context.timing.healthy, () => this.#exit());
    else if (start === 'ok' && this.index < healthyInstances) {
      this.#context.timers.after(this.#context.timing.healthy, () => this.#run());
    }
  }

  #run(): void {
    if (this.state !== 'STARTING') return;
    this.state = 'RUNNING';
    this.#events.log('Container became healthy');
    this.#events.changed();
  }

  #exit(): void {
    if (this.isLeaving) return;
    this.#program?.kill();
    this.#crash('APP/PROC/WEB: Exited with status 1');
  }

  #crash(details: string): void {
    this.state = 'CRASHED';
    this.details = details;
    this.#events.log(details);
    this.#events.changed();
    this.#context.timers.after(200, () => this.#events.ended(this), false);
  }

  /** A proxy that outlives its program accepts connections, and closes them. */
  async #outliveProgram(): Promise<void> {
    const port = this.#port;
    if (port === undefined) return;
    const proxy = createServer(socket => socket.resetAndDestroy());
    await new Promise<void>(resolve => proxy.once('error', () => resolve()).listen(port, '127.0.0.1', resolve));
    await new Promise<void>(resolve => {
      this.#endOfProxy = resolve;
      this.#context.timers.after(this.#context.timing.proxy, resolve);
    });
    await new Promise<void>(resolve => proxy.close(() => resolve()));
  }

  /** Ends what is left of it when the platform closes. */
  close(): void {
    this.#endOfProxy();
  }
}
