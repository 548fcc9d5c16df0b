import { type BcsContext, stamp } from './context.js';
import type { DeploymentDefinition, Labels } from './definition.js';
import { Taskgroup } from './taskgroup.js';

export interface ApplicationEvents {
  readonly changed: (application: Application) => void;
  /** A taskgroup of it has changed: what the load balancer learns of backends comes from here. */
  readonly taskgroupChanged: (taskgroup: Taskgroup) => void;
}

/** How long the scheduler waits before it replaces a failed taskgroup again and again, in milliseconds. */
const RESTART_MS = 100;

/** What a deployment runs: so many taskgroups of one definition. */
export class Application {
  readonly name: string;
  readonly definition: DeploymentDefinition;
  readonly taskgroups: Taskgroup[] = [];
  instance: number;
  /** Whether its owner has given it up. */
  isLeaving = false;
  readonly #context: BcsContext;
  readonly #events: ApplicationEvents;
  readonly #createdAt: number;
  #index = 0;

  constructor(
    context: BcsContext,
    name: string,
    definition: DeploymentDefinition,
    events: ApplicationEvents,
    instance = definition.spec.instance,
  ) {
    this.#context = context;
    this.#events = events;
    this.name = name;
    this.definition = definition;
    this.instance = instance;
    this.#createdAt = context.now();
    this.#launch();
  }

  get namespace(): string {
    return this.definition.metadata.namespace;
  }

  /** What services select it by when they are built anew. */
  get labels(): Labels {
    return this.definition.metadata.labels ?? {};
  }

  get isGone(): boolean {
    return this.isLeaving && this.taskgroups.length === 0;
  }

  scale(instance: number): void {
    this.instance = instance;
    for (const taskgroup of this.#staying.slice(instance)) taskgroup.kill();
    this.#launch();
    this.#events.changed(this);
  }

  delete(): void {
    this.isLeaving = true;
    for (const taskgroup of this.taskgroups) taskgroup.kill();
    this.#events.changed(this);
  }

  /** Error, Abnormal and so on: in the order in which the scheduler asks. */
  get status(): string {
    const staying = this.#staying;
    if (this.isLeaving) return 'Operating';
    if (this.#lacksResources || staying.length < this.instance || staying.some(({ status }) => status === 'Failed')) {
      return 'Abnormal';
    }
    if (staying.some(({ status }) => status === 'Staging' || status === 'Starting')) return 'Deploying';
    return this.running === this.instance ? 'Running' : 'Unknown';
  }

  get running(): number {
    return this.taskgroups.filter(({ status }) => status === 'Running').length;
  }

  get shown() {
    return {
      metadata: { ...this.definition.metadata, name: this.name },
      instance: this.instance,
      buildedInstance: this.#staying.length,
      runningInstance: this.running,
      createTime: stamp(this.#createdAt),
      lastUpdateTime: stamp(this.#context.now()),
      reportTime: stamp(this.#context.now()),
      status: this.status,
      lastStatus: '',
      message: this.#message,
      pods: this.taskgroups.map(({ id }) => ({ name: id })),
      kind: 'deployment',
    };
  }

  get #message(): string {
    if (this.#lacksResources) return 'have not enough resources to launch application';
    return this.status === 'Running' ? 'application is running' : `application is ${this.status.toLowerCase()}`;
  }

  get #lacksResources(): boolean {
    return this.#context.behaviour(this.definition).start === 'no-resources';
  }

  get #staying(): readonly Taskgroup[] {
    return this.taskgroups.filter(({ isLeaving }) => !isLeaving);
  }

  #launch(): void {
    if (this.isLeaving || this.#lacksResources) return;
    for (let missing = this.instance - this.#staying.length; missing > 0; missing -= 1) {
      const events = { changed: this.#changed, ended: this.#ended };
      this.taskgroups.push(new Taskgroup(this.#context, this.name, this.#index++, this.definition, events));
    }
  }

  readonly #changed = (taskgroup: Taskgroup): void => {
    this.#events.taskgroupChanged(taskgroup);
    this.#events.changed(this);
  };

  /** One that was killed is gone; one that failed is shown for a while, and then replaced. */
  readonly #ended = (taskgroup: Taskgroup): void => {
    const remove = () => {
      this.taskgroups.splice(this.taskgroups.indexOf(taskgroup), 1);
      this.#launch();
      this.#events.changed(this);
    };
    if (taskgroup.status === 'Killed' || this.isLeaving) remove();
    else this.#context.timers.after(RESTART_MS, remove, false);
  };
}
