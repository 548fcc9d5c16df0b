import type { Instance } from '../dataplane/index.js';
import { type Behaviour, identityOf } from './behaviour.js';
import { type BcsContext, stamp } from './context.js';
import { type DeploymentDefinition, type Labels, taskLabels } from './definition.js';

export type TaskgroupStatus = 'Staging' | 'Starting' | 'Running' | 'Killing' | 'Killed' | 'Failed';

export interface TaskgroupEvents {
  /** Something about it that others show has changed. */
  readonly changed: (taskgroup: Taskgroup) => void;
  /** It is gone, and its wish for an end was or was not its owner's. */
  readonly ended: (taskgroup: Taskgroup) => void;
}

/** One place on an agent: its containers, run as one real HTTP instance on loopback. */
export class Taskgroup {
  readonly id: string;
  readonly application: string;
  readonly definition: DeploymentDefinition;
  readonly labels: Labels;
  status: TaskgroupStatus = 'Staging';
  lastStatus = '';
  isHealthy = false;
  message = 'pod is staging';
  restarts = 0;
  readonly launchedAt: number;
  readonly #context: BcsContext;
  readonly #events: TaskgroupEvents;
  readonly #behaviour: Behaviour;
  #instance: Instance | undefined;

  constructor(
    context: BcsContext,
    application: string,
    index: number,
    definition: DeploymentDefinition,
    events: TaskgroupEvents,
  ) {
    this.#context = context;
    this.#events = events;
    this.application = application;
    this.definition = definition;
    this.labels = taskLabels(definition);
    this.launchedAt = context.now();
    this.#behaviour = context.behaviour(definition);
    const cluster = context.clusterId.split('-').at(-1);
    this.id = `${index}.${application}.${definition.metadata.namespace}.${cluster}.${this.launchedAt}`;
    context.timers.after(context.timing.staging, () => context.track(this.#start()));
  }

  /** Where it listens; undefined before it runs. */
  get port(): number | undefined {
    return this.#instance?.port;
  }

  /** Whether its owner has given it up. */
  get isLeaving(): boolean {
    return this.status === 'Killing' || this.status === 'Killed';
  }

  /** Running and Lost ones are listed by services, whatever their health checks say. */
  get isServing(): boolean {
    return this.status === 'Running' && this.port !== undefined;
  }

  /** Ends it: its program gets a signal, and at most the grace period. */
  kill(): void {
    if (this.isLeaving) return;
    this.#become('Killing', 'pod is killing');
    const { grace, linger } = this.#context.timing;
    const drains = this.#behaviour.drains ?? true;
    const gone = this.#instance?.terminate(grace, { drains, lingerMs: linger }) ?? Promise.resolve();
    this.#context.track(gone.then(() => this.#end('Killed')));
  }

  /** Its agent loses it, at once. */
  die(): void {
    if (this.isLeaving || this.status === 'Failed') return;
    this.#instance?.kill();
    this.#end('Failed');
  }

  /** As storage and the scheduler show it. */
  get shown() {
    const { namespace } = this.definition.metadata;
    return {
      metadata: { name: this.id, namespace, labels: this.labels },
      rcname: this.application,
      status: this.status,
      lastStatus: this.lastStatus,
      hostIP: '127.0.0.1',
      hostName: 'mesos-slave',
      podIP: this.#network === 'host' ? '' : '127.0.0.1',
      message: this.message,
      startTime: stamp(this.launchedAt),
      lastUpdateTime: stamp(this.#context.now()),
      reportTime: stamp(this.#context.now()),
      containerStatuses: this.#containers(),
      bcsMessage: null,
      kind: 'deployment',
    };
  }

  /** The ports as storage tells them: the name and the number from the definition, the real one where it is seen. */
  get ports() {
    return this.#portsOf.map(({ name, containerPort, hostPort = 0, protocol = 'TCP' }) => {
      const port = this.port ?? 0;
      const seen = this.#isMapped ? { hostPort: port, containerPort } : { hostPort, containerPort: port };
      return { name, ...seen, hostIP: '127.0.0.1', protocol };
    });
  }

  /** Where load balancers find a port: at the host's own one, or at the container's address, whatever else is told. */
  backendsFor(name: string): readonly { readonly targetIP: string; readonly targetPort: number }[] {
    return this.ports
      .filter(port => port.name === name)
      .map(({ hostPort, containerPort }) => {
        return { targetIP: '127.0.0.1', targetPort: this.#isMapped ? hostPort : containerPort };
      });
  }

  get #portsOf() {
    return this.definition.spec.template.spec.containers[0]?.ports ?? [];
  }

  /** As the definition writes it, in lower case. */
  get #network(): string {
    return (this.definition.spec.template.spec.networkMode ?? 'BRIDGE').toLowerCase();
  }

  /** With a bridge, and with docker's own networks, a port of the host leads to the container's; with the others none does. */
  get #isMapped(): boolean {
    if (this.#network === 'host') return false;
    return this.#network === 'bridge' || this.definition.spec.template.spec.networktype?.toLowerCase() === 'cnm';
  }

  async #start(): Promise<void> {
    if (this.isLeaving) return;
    const { start = 'ok' } = this.#behaviour;
    if (start === 'image-pull-error') return this.#end('Failed', 'failed to pull image');
    this.#become('Starting', 'pod is starting');
    const { answers, latencyMs } = this.#behaviour;
    const { app, slot, version } = { ...identityOf(this.definition), ...this.#behaviour };
    const instance = await this.#context.dataPlane.startInstance({
      app,
      slot,
      version,
      instance: this.id,
      ...(answers ? { answers } : {}),
      ...(latencyMs ? { latencyMs } : {}),
    });
    if (this.isLeaving) return instance.kill();
    this.#instance = instance;
    const { timers, timing } = this.#context;
    timers.after(timing.starting, () => (start === 'crash' ? this.#crash() : this.#run()));
  }

  #run(): void {
    if (this.isLeaving) return;
    this.isHealthy = this.#checks.length === 0;
    this.#become('Running', 'pod is running');
    if (this.#behaviour.start === 'never-healthy') return;
    const { timers, timing } = this.#context;
    timers.after(this.#behaviour.healthyAfterMs ?? timing.firstCheck, () => {
      if (this.status !== 'Running' || this.isHealthy) return;
      this.isHealthy = true;
      this.#events.changed(this);
    });
  }

  #crash(): void {
    if (this.isLeaving) return;
    this.#instance?.kill();
    this.#end('Failed', 'container exited with code 1');
  }

  #end(status: 'Killed' | 'Failed', message = status === 'Killed' ? 'pod is killed' : 'pod is failed'): void {
    this.#instance = undefined;
    this.#become(status, message);
    this.#events.ended(this);
  }

  #become(status: TaskgroupStatus, message: string): void {
    this.lastStatus = this.status;
    this.status = status;
    this.message = message;
    this.#events.changed(this);
  }

  get #checks() {
    return this.definition.spec.template.spec.containers.flatMap(({ healthChecks = [] }) => healthChecks);
  }

  #containers() {
    const unhealthy = this.status === 'Running' && !this.isHealthy;
    return this.definition.spec.template.spec.containers.map(({ image, healthChecks = [] }) => ({
      name: `${this.id}.container`,
      containerID: `${this.id}.container`,
      restartCount: this.restarts,
      status: this.status,
      lastStatus: this.lastStatus,
      exitcode: this.status === 'Failed' ? 1 : 0,
      image,
      message: unhealthy ? 'container is running, but unhealthy' : `container is ${this.status.toLowerCase()}`,
      healCheckStatus: healthChecks.map(({ type, protocol }) => ({
        type: (type ?? protocol ?? 'TCP').toUpperCase(),
        result: this.isHealthy,
        message: this.isHealthy ? 'check ok' : 'check failed',
      })),
      networkMode: this.definition.spec.template.spec.networkMode ?? 'BRIDGE',
      containerPort: this.ports,
    }));
  }
}
