import type { MarathonContext } from './context.js';
import type { App, VersionedApp } from './definition.js';
import { LaunchQueue } from './launch-queue.js';
import { agent, Task, type TaskEnd } from './task.js';

/** What the API tells of the last task that failed. */
export interface TaskFailure {
  readonly appId: string;
  readonly host: string;
  readonly message: string;
  readonly state: string;
  readonly taskId: string;
  readonly timestamp: string;
  readonly version: string;
  readonly slaveId: string;
}

/** A task that is over, for those who want to know how it went. */
export interface EndedTask {
  readonly id: string;
  readonly appId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly state: string;
  /** Whether Marathon has killed it, rather than that it ended by itself. */
  readonly wasKilled: boolean;
  /** What it had to do when it was asked to end; 0 where it never was. */
  readonly pendingWhenAsked: number;
  /** Requests and operations that its end has destroyed. */
  readonly abandoned: number;
  /** What its gauge had told, oldest first. */
  readonly gaugeReadings: readonly { readonly at: number; readonly pending: number }[];
}

export interface AppRunOptions {
  readonly context: MarathonContext;
  readonly id: string;
  readonly ended: (task: EndedTask) => void;
  /** Whether an agent has room for one more task; otherwise why not: `InsufficientCpus`, `InsufficientMemory`. */
  readonly lacks: (app: App) => string | undefined;
}

/** What runs of one app: its tasks, and the scheduler that keeps them at the wanted count. */
export class AppRun {
  readonly id: string;
  readonly tasks = new Map<string, Task>();
  readonly queue: LaunchQueue;
  /** The definition that new tasks get; undefined before the first and after the removal. */
  app: VersionedApp | undefined;
  /** How many instances there shall be; a deployment sets it when its turn has come. */
  wanted = 0;
  /** Whether tasks of an older configuration are being replaced. */
  isRestarting = false;
  lastTaskFailure: TaskFailure | undefined;

  readonly #options: AppRunOptions;
  readonly #context: MarathonContext;
  #scheduled = false;
  #offerPending = false;

  constructor(options: AppRunOptions) {
    this.id = options.id;
    this.#options = options;
    this.#context = options.context;
    this.queue = new LaunchQueue(options.context);
  }

  /** The tasks that count as instances: neither being killed, nor given up. */
  get active(): readonly Task[] {
    return [...this.tasks.values()].filter(task => !task.isBeingKilled && !this.#isInactive(task));
  }

  /** The tasks of the wanted configuration. */
  get current(): readonly Task[] {
    return this.active.filter(task => !this.isOutdated(task));
  }

  /** Whether a task runs an older configuration. A new count of instances leaves the configuration as it is. */
  isOutdated(task: Task): boolean {
    return this.app !== undefined && task.app.version < this.app.versionInfo.lastConfigChangeAt;
  }

  /** Soon looks again whether there are as many tasks as there shall be. */
  schedule(): void {
    this.#context.changed();
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#context.timers.after(1, () => {
      this.#scheduled = false;
      this.#reconcile();
    });
  }

  #reconcile(): void {
    this.#watchUnreachable();
    if (this.isRestarting) this.#replaceOutdated();
    const surplus = this.active.length - this.#ceiling();
    if (surplus > 0) for (const task of this.victims().slice(0, surplus)) task.kill();
    const missing = this.isRestarting
      ? Math.min(this.wanted - this.current.length, this.#ceiling() - this.active.length)
      : this.wanted - this.active.length;
    this.#queueUp(Math.max(0, missing));
  }

  /** How many tasks there may be at once; more than wanted only while older ones are replaced. */
  #ceiling(): number {
    if (!this.isRestarting || this.app === undefined) return this.wanted;
    const { maximumOverCapacity, minimumHealthCapacity } = this.app.upgradeStrategy;
    const over = Math.floor(this.wanted * maximumOverCapacity);
    return this.wanted + (over === 0 && minimumHealthCapacity === 1 ? 1 : over);
  }

  /** Kills older tasks, as long as enough healthy ones stay. */
  #replaceOutdated(): void {
    const outdated = this.active.filter(task => this.isOutdated(task));
    const least = Math.ceil(this.wanted * (this.app?.upgradeStrategy.minimumHealthCapacity ?? 1));
    let healthy = this.active.filter(task => (this.isOutdated(task) ? task.isHealthy : task.isReady)).length;
    for (const task of outdated) {
      if (task.isHealthy && healthy - 1 < least) continue;
      if (task.isHealthy) healthy -= 1;
      task.kill();
    }
  }

  /** The tasks in the order in which a scale-down takes them: the ones that run least first, then by killSelection. */
  victims(): readonly Task[] {
    const order = ['TASK_UNREACHABLE', 'TASK_STAGING', 'TASK_STARTING', 'TASK_RUNNING'];
    const youngestFirst = this.app?.killSelection !== 'OLDEST_FIRST';
    return this.active.toSorted((a, b) => {
      const byState = order.indexOf(a.state) - order.indexOf(b.state);
      if (byState !== 0) return byState;
      return youngestFirst ? b.stagedAt - a.stagedAt : a.stagedAt - b.stagedAt;
    });
  }

  #queueUp(missing: number): void {
    const more = missing - this.queue.count;
    if (more < 0) this.queue.remove(-more);
    else if (more > 0) {
      this.queue.add(more);
      this.#offer(this.#context.timing.offer, true);
    }
  }

  /** Waits for the next offer, and launches what it has room for. */
  #offer(ms: number, settling: boolean): void {
    if (this.#offerPending) return;
    this.#offerPending = true;
    const delay = Math.max(ms, this.queue.delayLeftMs);
    this.#context.timers.after(
      delay,
      () => {
        this.#offerPending = false;
        this.#takeOffer();
      },
      settling && this.queue.delayLeftMs === 0,
    );
  }

  #takeOffer(): void {
    const { app, queue } = this;
    if (app === undefined || queue.count === 0) return;
    if (queue.delayLeftMs > 0) {
      this.#offer(queue.delayLeftMs, false);
      return;
    }
    while (queue.count > 0) {
      const reason = this.#options.lacks(app);
      if (reason !== undefined) {
        queue.decline(reason);
        this.#offer(this.#context.timing.offer * 5, false);
        return;
      }
      queue.remove(1);
      this.#launch(app);
    }
  }

  /** Lets the next launch happen at once. */
  resetDelay(): void {
    this.queue.resetDelay();
    this.#offerPending = false;
    this.#offer(0, true);
  }

  #launch(app: VersionedApp): void {
    const task = new Task(this.#context, app, {
      changed: () => this.schedule(),
      ended: (ended, end) => this.#ended(ended, end),
      unhealthy: (unhealthy, cause) => this.#killUnhealthy(unhealthy, cause),
    });
    this.tasks.set(task.id, task);
  }

  #ended(task: Task, { message, state }: TaskEnd): void {
    const { now } = this.#context;
    this.tasks.delete(task.id);
    const { abandoned = 0, gaugeReadings = [] } = task.instance ?? {};
    const { id, pendingWhenAsked } = task;
    const wasKilled = state === 'TASK_KILLED';
    const work = { pendingWhenAsked, abandoned, gaugeReadings };
    this.#options.ended({ id, appId: this.id, at: now(), state, wasKilled, ...work });
    if (wasKilled || state === 'TASK_GONE') {
      this.schedule();
      return;
    }
    this.lastTaskFailure = {
      appId: this.id,
      host: agent.host,
      message,
      state,
      taskId: task.id,
      timestamp: new Date(now()).toISOString(),
      version: task.app.version,
      slaveId: agent.id,
    };
    if (this.app !== undefined) this.queue.backOff(this.app);
    this.schedule();
  }

  #killUnhealthy(task: Task, cause: string): void {
    if (task.isBeingKilled) return;
    const { app, id, instanceId } = task;
    const reason = `Task failed health checks: ${cause}`;
    const details = { appId: app.id, taskId: id, instanceId, version: app.version, reason, host: agent.host };
    this.#context.events.emit('unhealthy_instance_kill_event', { ...details, slaveId: agent.id });
    task.kill('Task was killed since health check failed');
    if (this.app !== undefined) this.queue.backOff(this.app);
  }

  #isInactive(task: Task): boolean {
    if (task.unreachableSince === undefined) return false;
    const strategy = task.app.unreachableStrategy;
    if (strategy === 'disabled') return false;
    const gone = this.#context.now() - task.unreachableSince;
    return gone >= strategy.inactiveAfterSeconds * this.#context.timing.second;
  }

  /** Looks again when an unreachable task becomes inactive, and gives it up when its time is over. */
  #watchUnreachable(): void {
    const { now, timers, timing } = this.#context;
    for (const task of this.tasks.values()) {
      const { unreachableSince } = task;
      const strategy = task.app.unreachableStrategy;
      if (unreachableSince === undefined || strategy === 'disabled') continue;
      const gone = now() - unreachableSince;
      const inactive = strategy.inactiveAfterSeconds * timing.second;
      const expunged = strategy.expungeAfterSeconds * timing.second;
      if (gone >= expunged && gone >= inactive) task.expunge();
      else timers.after((gone < inactive ? inactive : expunged) - gone + 1, () => this.schedule());
    }
  }
}
