import { randomUUID } from 'node:crypto';
import type { MarathonContext } from './context.js';
import { isUpgrade, type VersionedApp } from './definition.js';
import type { AppRun } from './run.js';

export type ActionName = 'StartApplication' | 'ScaleApplication' | 'RestartApplication' | 'StopApplication';

export interface Action {
  readonly action: ActionName;
  readonly app: string;
}

/** What a deployment does to one app: from one definition to another; undefined where there is none. */
export interface Change {
  readonly from: VersionedApp | undefined;
  readonly to: VersionedApp | undefined;
  /** Tasks that shall be the first to go. */
  readonly sentenced?: ReadonlySet<string>;
  /** Whether every task is replaced, even where the definition stays as it is. */
  readonly restart?: boolean;
}

export interface DeploymentOptions {
  readonly context: MarathonContext;
  readonly version: string;
  readonly changes: ReadonlyMap<string, Change>;
  readonly run: (id: string) => AppRun;
  /** Called once, when it is over: done, or cancelled. */
  readonly over: (deployment: Deployment) => void;
}

/** One change of one or several apps on its way: it holds their locks until it is done or cancelled. */
export class Deployment {
  readonly id = randomUUID();
  readonly version: string;
  readonly changes: ReadonlyMap<string, Change>;
  readonly steps: readonly (readonly Action[])[];
  currentStep = 1;
  isOver = false;

  readonly #options: DeploymentOptions;
  readonly #context: MarathonContext;

  constructor(options: DeploymentOptions) {
    this.#options = options;
    this.#context = options.context;
    this.version = options.version;
    this.changes = options.changes;
    this.steps = stepsOf(options.changes);
  }

  get currentActions(): readonly Action[] {
    return this.steps[this.currentStep - 1] ?? [];
  }

  /** Begins with the first step, and goes on by itself. */
  start(): void {
    this.#context.events.emit('deployment_info', { plan: this.plan(), currentStep: this.#step() });
    // What changes nothing has no step, and still is the new definition.
    for (const [id, { to }] of this.changes) if (to !== undefined) this.#options.run(id).app = to;
    this.#begin();
    this.#context.timers.after(this.#context.timing.deployment, () => this.#advance());
  }

  /** Gives up where it stands. */
  cancel(reason: string): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const id of this.changes.keys()) this.#options.run(id).isRestarting = false;
    this.#context.events.emit('deployment_failed', { id: this.id, plan: this.plan(), reason });
    this.#options.over(this);
  }

  /** The deployment as the API lists it. */
  describe(): Record<string, unknown> {
    const { currentActions, currentStep, id, steps, version } = this;
    return {
      id,
      version,
      affectedApps: [...this.changes.keys()],
      affectedPods: [],
      steps: steps.map(actions => ({ actions })),
      currentActions: currentActions.map(action => ({ ...action, readinessCheckResults: this.#readiness(action.app) })),
      currentStep,
      totalSteps: steps.length,
    };
  }

  /** The deployment as events tell it. */
  plan(): Record<string, unknown> {
    const { id, steps, version } = this;
    const group = (pick: (change: Change) => VersionedApp | undefined) => ({
      id: '/',
      version,
      apps: [...this.changes.values()].flatMap(change => pick(change) ?? []),
    });
    const actions = steps.map(list => ({ actions: list.map(({ action, app }) => ({ type: action, action, app })) }));
    return { id, original: group(({ from }) => from), target: group(({ to }) => to), steps: actions, version };
  }

  #step(): { actions: readonly Action[] } {
    return { actions: this.currentActions };
  }

  #readiness(app: string) {
    return this.#options.run(app).active.flatMap(task => task.readinessResults);
  }

  #begin(): void {
    for (const { action, app } of this.currentActions) {
      const run = this.#options.run(app);
      const change = this.changes.get(app);
      if (action === 'StopApplication') run.app = undefined;
      run.wanted = action === 'StartApplication' ? 0 : (change?.to?.instances ?? 0);
      run.isRestarting = action === 'RestartApplication';
      for (const id of change?.sentenced ?? []) run.tasks.get(id)?.kill();
      run.schedule();
    }
  }

  #advance(): void {
    if (this.isOver) return;
    if (this.currentActions.every(action => this.#isDone(action))) {
      const plan = this.plan();
      if (this.currentActions.length > 0) {
        this.#context.events.emit('deployment_step_success', { plan, currentStep: this.#step() });
      }
      if (this.currentStep >= this.steps.length) {
        this.#finish();
        return;
      }
      this.currentStep += 1;
      this.#context.events.emit('deployment_info', { plan, currentStep: this.#step() });
      this.#begin();
    }
    // Waiting for health is no unrest of the platform: it may wait for ever.
    this.#context.timers.after(5, () => this.#advance(), false);
  }

  #finish(): void {
    this.isOver = true;
    for (const id of this.changes.keys()) this.#options.run(id).isRestarting = false;
    this.#context.events.emit('deployment_success', { id: this.id, plan: this.plan() });
    this.#options.over(this);
  }

  #isDone({ action, app }: Action): boolean {
    const run = this.#options.run(app);
    const { sentenced = new Set(), to } = this.changes.get(app) ?? {};
    if (action === 'StartApplication') return true;
    if (action === 'StopApplication') return run.tasks.size === 0;
    const instances = to?.instances ?? 0;
    const tasks = [...run.tasks.values()];
    if (tasks.some(task => sentenced.has(task.id))) return false;
    if (action === 'RestartApplication' && tasks.some(task => run.isOutdated(task))) return false;
    const counted = action === 'RestartApplication' ? run.current : run.active;
    return run.active.length <= instances && counted.filter(task => task.isReady).length >= instances;
  }
}

function stepsOf(changes: ReadonlyMap<string, Change>): Action[][] {
  const actions = [...changes].map(([app, change]) => actionsOf(change).map(action => ({ action, app })));
  const longest = Math.max(0, ...actions.map(list => list.length));
  return Array.from({ length: longest }, (_, index) => actions.flatMap(list => list[index] ?? []));
}

function actionsOf({ from, restart = false, sentenced, to }: Change): ActionName[] {
  if (to === undefined) return from === undefined ? [] : ['StopApplication'];
  if (from === undefined) return ['StartApplication', 'ScaleApplication'];
  if (restart || isUpgrade(from, to)) return ['RestartApplication'];
  const scales = from.instances !== to.instances || (sentenced?.size ?? 0) > 0;
  return scales ? ['ScaleApplication'] : [];
}
