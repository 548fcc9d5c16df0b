import { randomUUID } from 'node:crypto';
import type { Answer, RunningInstance } from '../dataplane/index.js';
import { type AppBehaviour, defaultIdentity } from './behaviour.js';
import type { MarathonContext } from './context.js';
import { portsOf, type VersionedApp } from './definition.js';
import { HealthProbe } from './health.js';
import { ReadinessProbe } from './readiness.js';

export type TaskState =
  | 'TASK_STAGING'
  | 'TASK_STARTING'
  | 'TASK_RUNNING'
  | 'TASK_KILLING'
  | 'TASK_UNREACHABLE'
  | 'TASK_KILLED'
  | 'TASK_FAILED'
  | 'TASK_FINISHED'
  | 'TASK_GONE';

/** How a task has ended. */
export interface TaskEnd {
  readonly state: TaskState;
  readonly message: string;
}

/** What a task tells its owner. */
export interface TaskOwner {
  /** Something about it has changed: its state, its health, its readiness. */
  readonly changed: () => void;
  readonly ended: (task: Task, end: TaskEnd) => void;
  /** Its health checks have failed too often. */
  readonly unhealthy: (task: Task, cause: string) => void;
}

/** Where every task runs: the one agent of this platform. */
export const agent = { host: '127.0.0.1', id: 'c9de6033-9e34-4a4b-8a41-dbb0e2f0c1a4-S0' };

/** One task of an app: a program on loopback ports of its own, from its staging to its end. */
export class Task {
  readonly instanceId: string;
  readonly id: string;
  readonly app: VersionedApp;
  readonly stagedAt: number;
  startedAt: number | undefined;
  state: TaskState = 'TASK_STAGING';
  ports: readonly number[] = [];
  instance: RunningInstance | undefined;
  /** Since when nothing has been heard of its agent. */
  unreachableSince: number | undefined;
  /** What it had to do when it was asked to end. */
  pendingWhenAsked = 0;
  /** Whether it is over; it then is in no list any more. */
  isOver = false;

  readonly #context: MarathonContext;
  readonly #owner: TaskOwner;
  #behaviour: AppBehaviour = {};
  #health: readonly HealthProbe[] = [];
  #readiness: readonly ReadinessProbe[] = [];
  #isWell = false;

  constructor(context: MarathonContext, app: VersionedApp, owner: TaskOwner) {
    this.#context = context;
    this.#owner = owner;
    this.app = app;
    this.instanceId = `${app.id.slice(1).replaceAll('/', '_')}.instance-${randomUUID()}`;
    this.id = `${this.instanceId}._app.1`;
    this.stagedAt = context.now();
    this.#announce('');
    try {
      this.#behaviour = context.behaviour(app);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      context.timers.after(1, () => this.#end({ state: 'TASK_FAILED', message }));
      return;
    }
    context.timers.after(this.#behaviour.startMs ?? context.timing.containerStart, () => this.#launch());
  }

  get isBeingKilled(): boolean {
    return this.state === 'TASK_KILLING' || this.isOver;
  }

  /** One result for each health check that has been made at least once. */
  get healthResults() {
    return this.#health.flatMap(({ result }) => (result === undefined ? [] : [result]));
  }

  get readinessResults() {
    return this.#readiness.map(({ result }) => result);
  }

  /** Running, and alive by every health check that its app has. */
  get isHealthy(): boolean {
    if (this.state !== 'TASK_RUNNING') return false;
    return this.#health.every(({ result }) => result?.alive === true);
  }

  /** Whether deployments count it: healthy, and its readiness checks have said yes once. */
  get isReady(): boolean {
    return this.isHealthy && this.#readiness.every(({ result }) => result.ready);
  }

  /** Whether a load balancer that knows Mesos' health checks alone takes it for well. */
  get isEligible(): boolean {
    if (this.state !== 'TASK_RUNNING') return false;
    return this.#health.every(({ isByMesos, result }) => !isByMesos || result?.alive === true);
  }

  /** Asks the program to end (SIGTERM), and ends it at the end of its grace period (SIGKILL). */
  kill(message = 'Command terminated with signal Terminated'): void {
    if (this.isBeingKilled) return;
    this.#stopProbes();
    this.state = 'TASK_KILLING';
    this.#announce('');
    const { timing, track } = this.#context;
    const seconds = this.app.taskKillGracePeriodSeconds ?? 3;
    this.pendingWhenAsked = this.instance?.pending ?? 0;
    const ended = this.instance?.terminate(Math.min(seconds * 1_000, timing.grace));
    track(Promise.resolve(ended).then(() => this.#end({ state: 'TASK_KILLED', message })));
  }

  /** The connection to its agent is lost: the program goes on, and nobody knows. */
  loseAgent(): void {
    if (this.state !== 'TASK_RUNNING') return;
    this.state = 'TASK_UNREACHABLE';
    this.unreachableSince = this.#context.now();
    this.#announce('Agent is unreachable');
  }

  /** The agent is back, and with it the task. */
  findAgent(): void {
    if (this.state !== 'TASK_UNREACHABLE') return;
    this.state = 'TASK_RUNNING';
    this.unreachableSince = undefined;
    this.#announce('');
  }

  /** Marathon gives it up for lost. Its program is ended, since nothing would ever end it. */
  expunge(): void {
    this.instance?.kill();
    this.#end({ state: 'TASK_GONE', message: 'Agent is gone' });
  }

  #launch(): void {
    if (this.isBeingKilled) return;
    const { start } = this.#behaviour;
    if (start === 'image-pull-error') {
      const image = this.app.container?.docker?.image ?? this.app.id;
      const message = `Failed to launch container: Failed to run 'docker -H unix:///var/run/docker.sock pull ${image}': exited with status 1; stderr='Error response from daemon: manifest for ${image} not found'`;
      this.#end({ state: 'TASK_FAILED', message });
    } else if (start === 'crash') this.#end({ state: 'TASK_FAILED', message: 'Command exited with status 1' });
    else this.#context.track(this.#run());
  }

  async #run(): Promise<void> {
    const instance = await this.#start();
    if (this.isBeingKilled) {
      instance.kill();
      return;
    }
    this.instance = instance;
    this.ports = instance.ports.slice(0, portsOf(this.app).length);
    void instance.stopped.then(() => this.#stoppedByItself());
    this.#behave(instance);
    this.startedAt = this.#context.now();
    this.state = 'TASK_RUNNING';
    this.#probe();
    this.#announce('');
  }

  #start(): Promise<RunningInstance> {
    const { drains = true, gauge = { path: '/metrics' }, healthyAfterMs = 0, latencyMs, start } = this.#behaviour;
    const { app, slot, version } = { ...defaultIdentity(this.app), ...this.#behaviour };
    const { dataPlane, program, timing } = this.#context;
    this.#isWell = start !== 'never-healthy' && healthyAfterMs <= 0;
    const options = {
      app,
      slot,
      version,
      instance: this.id,
      gauge,
      ports: Math.max(1, portsOf(this.app).length),
      ending: { drains, lingerMs: timing.linger },
      answers: { ...this.#behaviour.answers, ...(this.#isWell ? {} : this.#unwell()) },
      ...(latencyMs === undefined ? {} : { latencyMs }),
    };
    return program === undefined ? dataPlane.startInstance(options) : dataPlane.startProcess(program, options);
  }

  #behave(instance: RunningInstance): void {
    const { crashAfterMs, failAfterMs, healthyAfterMs = 0, start } = this.#behaviour;
    const { timers } = this.#context;
    if (failAfterMs !== undefined) instance.fail(failAfterMs);
    if (crashAfterMs !== undefined) timers.after(crashAfterMs, () => instance.kill());
    if (this.#isWell || start === 'never-healthy') return;
    timers.after(healthyAfterMs, () => {
      this.#isWell = true;
      for (const path of Object.keys(this.#unwell())) instance.answer(path, this.#behaviour.answers?.[path]);
    });
  }

  /** What those who ask how it is are answered before it is well. */
  #unwell(): Readonly<Record<string, Answer>> {
    const paths = [...this.app.healthChecks, ...this.app.readinessChecks].flatMap(({ path }) => path ?? []);
    return Object.fromEntries(paths.map(path => [path, { status: 500 }]));
  }

  #probe(): void {
    const { changed, unhealthy } = this.#owner;
    const target = {
      instanceId: this.instanceId,
      ports: this.ports,
      isWell: () => this.#isWell,
      onChange: (alive: boolean) => {
        this.#announceHealth(alive);
        changed();
      },
      onTooManyFailures: (cause: string) => unhealthy(this, cause),
    };
    this.#health = this.app.healthChecks.map(check => new HealthProbe(this.#context, check, target));
    this.#readiness = this.app.readinessChecks.map(check => new ReadinessProbe(this.#context, check, this, changed));
  }

  #stopProbes(): void {
    for (const probe of [...this.#health, ...this.#readiness]) probe.stop();
  }

  #stoppedByItself(): void {
    if (this.isBeingKilled) return;
    this.#end({ state: 'TASK_FAILED', message: 'Command terminated with signal Killed' });
  }

  #end(end: TaskEnd): void {
    if (this.isOver) return;
    this.#stopProbes();
    this.isOver = true;
    this.state = end.state;
    this.#announce(end.message);
    this.#owner.ended(this, end);
  }

  #announce(message: string): void {
    const { events } = this.#context;
    const { app, id, instanceId, ports, state } = this;
    const { host } = agent;
    events.emit('status_update_event', {
      slaveId: agent.id,
      taskId: id,
      taskStatus: state,
      message,
      appId: app.id,
      host,
      ports,
      version: app.version,
    });
    const condition = state.slice('TASK_'.length).toLowerCase();
    const runSpec = { runSpecId: app.id, runSpecVersion: app.version };
    events.emit('instance_changed_event', { instanceId, condition, agentId: agent.id, host, ...runSpec });
    this.#owner.changed();
  }

  #announceHealth(alive: boolean): void {
    const { app, instanceId } = this;
    const { events } = this.#context;
    events.emit('health_status_changed_event', { appId: app.id, instanceId, version: app.version, alive });
    const runSpec = { runSpecId: app.id, runSpecVersion: app.version };
    events.emit('instance_health_changed_event', { instanceId, healthy: alive, ...runSpec });
  }
}
