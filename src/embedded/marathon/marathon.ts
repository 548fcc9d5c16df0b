import type { MarathonContext } from './context.js';
import {
  type App,
  type AppUpdate,
  absoluteId,
  completeApp,
  isUpgrade,
  portsOf,
  type VersionedApp,
} from './definition.js';
import { type Change, Deployment } from './deployment.js';
import { appExists, appMissing, deploymentMissing, locked, tooManyDeployments } from './errors.js';
import { AppRun, type EndedTask } from './run.js';
import type { Task } from './task.js';
import { validateApp } from './validation.js';

interface DeployOptions {
  /** Whether deployments that are in the way are cancelled. */
  readonly force: boolean;
  /** Whether tasks are replaced even if the definition stays as it is. */
  readonly restart?: boolean;
  /** Tasks that shall be the first to go, by app. */
  readonly sentenced?: ReadonlyMap<string, ReadonlySet<string>>;
}

/** How many deployments may run at once, as Marathon's own default has it. */
const deploymentLimit = 100;

/** Marathon's state and what it does with it: definitions with their versions, what runs of them, and deployments. */
export class Marathon {
  readonly context: MarathonContext;
  readonly apps = new Map<string, VersionedApp>();
  readonly deployments = new Map<string, Deployment>();
  /** Tasks that are over, oldest first. */
  readonly ended: EndedTask[] = [];
  readonly #runs = new Map<string, AppRun>();
  readonly #versions = new Map<string, Map<string, VersionedApp>>();
  #lastVersion = 0;
  #servicePort = 10_000;

  constructor(context: MarathonContext) {
    this.context = context;
  }

  /** @throws MarathonError 404 */
  app(id: string): VersionedApp {
    const app = this.apps.get(id);
    if (app === undefined) throw appMissing(id);
    return app;
  }

  /** What runs of an app; it begins empty. */
  run(id: string): AppRun {
    const known = this.#runs.get(id);
    if (known !== undefined) return known;
    const { context } = this;
    const ended = (task: EndedTask) => this.ended.push(task);
    const run = new AppRun({ context, id, ended, lacks: app => this.#lacks(app) });
    this.#runs.set(id, run);
    return run;
  }

  get runs(): Iterable<AppRun> {
    return this.#runs.values();
  }

  /** The tasks of the apps that are defined. */
  get tasks(): readonly Task[] {
    return [...this.#runs.values()].filter(({ id }) => this.apps.has(id)).flatMap(({ tasks }) => [...tasks.values()]);
  }

  /** The stored versions of an app, newest first. */
  versions(id: string): readonly VersionedApp[] {
    return [...(this.#versions.get(id)?.values() ?? [])].reverse();
  }

  /** The deployments that an app takes part in. */
  deploymentsOf(id: string): readonly Deployment[] {
    return [...this.deployments.values()].filter(({ changes }) => changes.has(id));
  }

  /** @throws MarathonError 409 when it exists or is locked, 422 for what it can't be */
  create(update: AppUpdate, force: boolean): { readonly app: VersionedApp; readonly deployment: Deployment } {
    const app = this.#complete(update, absoluteId(String(update.id)));
    if (this.apps.has(app.id)) throw appExists(app.id);
    const deployment = this.deploy(new Map([[app.id, app]]), { force });
    return { app: this.app(app.id), deployment };
  }

  /**
   * Changes the given parts of an app's definition, or (`whole`) all of it.
   *
   * @throws MarathonError 404 when there is none, 409 when it is locked, 422 for what it can't be
   */
  update(id: string, update: AppUpdate, { force, whole = false }: { force: boolean; whole?: boolean }): Deployment {
    const { versionInfo, ...current } = this.app(id);
    const app = this.#complete(whole ? update : { ...current, ...update }, id);
    return this.deploy(new Map([[id, app]]), { force });
  }

  /** @throws MarathonError 404, 409 */
  remove(id: string, force: boolean): Deployment {
    this.app(id);
    return this.deploy(new Map([[id, undefined]]), { force });
  }

  /**
   * Kills tasks and lowers the counts of their apps by those that were still active: what has died, or is being killed
   * already, lowers nothing. Several apps are one deployment, which locks them all.
   *
   * @param ids the ids of the tasks, by app
   * @throws MarathonError 404, 409
   */
  killAndScale(ids: ReadonlyMap<string, ReadonlySet<string>>, force: boolean): Deployment {
    const wanted = new Map<string, App>();
    const sentenced = new Map<string, ReadonlySet<string>>();
    for (const [id, tasks] of ids) {
      const app = this.app(id);
      const active = [...this.run(id).tasks.values()].filter(task => tasks.has(task.id) && !task.isBeingKilled);
      wanted.set(id, { ...app, instances: Math.max(0, app.instances - active.length) });
      sentenced.set(id, new Set(active.map(task => task.id)));
    }
    return this.deploy(wanted, { force, sentenced });
  }

  /** Replaces every task of an app, by a definition that is the same but for its version. */
  restart(id: string, force: boolean): Deployment {
    return this.deploy(new Map([[id, this.app(id)]]), { force, restart: true });
  }

  /**
   * Gives an app the definitions that are wanted (undefined: it is removed) and begins to deploy them.
   *
   * @throws MarathonError 409 when one of the apps is locked and it is not forced
   */
  deploy(
    wanted: ReadonlyMap<string, App | undefined>,
    { force, restart = false, sentenced }: DeployOptions,
  ): Deployment {
    const conflicts = [...this.deployments.values()].filter(({ changes }) =>
      [...wanted.keys()].some(id => changes.has(id)),
    );
    if (conflicts.length > 0 && !force) throw locked(conflicts.map(({ id }) => id));
    if (this.deployments.size - conflicts.length >= deploymentLimit) throw tooManyDeployments(deploymentLimit);
    for (const conflict of conflicts) conflict.cancel('The deployment was cancelled by a forced one.');
    const version = this.nextVersion();
    const changes = new Map<string, Change>();
    for (const [id, app] of wanted) {
      const from = this.apps.get(id);
      const to = app === undefined ? undefined : versioned(app, restart ? undefined : from, version);
      const doomed = sentenced?.get(id);
      changes.set(id, { from, to, restart, ...(doomed === undefined ? {} : { sentenced: doomed }) });
      this.#store(id, to);
    }
    return this.#begin(version, changes);
  }

  /**
   * Stops a deployment and goes back to what was before it, by a new deployment.
   *
   * @throws MarathonError 404
   */
  revert(id: string): Deployment {
    const deployment = this.deployment(id);
    const before = new Map([...deployment.changes].map(([app, { from }]) => [app, from]));
    return this.deploy(before, { force: true });
  }

  /** Stops a deployment half way. @throws MarathonError 404 */
  abandon(id: string): void {
    this.deployment(id).cancel('The deployment was cancelled.');
  }

  /** @throws MarathonError 404 */
  deployment(id: string): Deployment {
    const deployment = this.deployments.get(id);
    if (deployment === undefined) throw deploymentMissing(id);
    return deployment;
  }

  /** A timestamp that is later than every other one. */
  nextVersion(): string {
    this.#lastVersion = Math.max(this.context.now(), this.#lastVersion + 1);
    return new Date(this.#lastVersion).toISOString();
  }

  /** A definition as it would be stored. @throws MarathonError 422 */
  #complete(update: AppUpdate, id: string): App {
    validateApp(update);
    return completeApp(update, id, () => this.nextServicePort());
  }

  #begin(version: string, changes: ReadonlyMap<string, Change>): Deployment {
    const run = (id: string) => this.run(id);
    const over = (deployment: Deployment) => this.#over(deployment);
    const deployment = new Deployment({ context: this.context, version, changes, run, over });
    this.deployments.set(deployment.id, deployment);
    deployment.start();
    return deployment;
  }

  #over(deployment: Deployment): void {
    this.deployments.delete(deployment.id);
    for (const id of deployment.changes.keys()) {
      if (!this.apps.has(id) && this.run(id).tasks.size === 0) this.#runs.delete(id);
    }
    this.context.changed();
  }

  #store(id: string, app: VersionedApp | undefined): void {
    if (app === undefined) {
      this.apps.delete(id);
      this.#versions.delete(id);
      this.context.events.emit('app_terminated_event', { appId: id });
      return;
    }
    this.apps.set(id, app);
    const versions = this.#versions.get(id) ?? new Map<string, VersionedApp>();
    this.#versions.set(id, versions.set(app.version, app));
  }

  /** A service port that no other app has. */
  nextServicePort(): number {
    const taken = new Set([...this.apps.values()].flatMap(app => portsOf(app).map(({ servicePort }) => servicePort)));
    while (taken.has(this.#servicePort)) this.#servicePort += 1;
    return this.#servicePort++;
  }

  #getsNoOffer(app: App): boolean {
    try {
      return this.context.behaviour(app).start === 'no-offer';
    } catch {
      // A behaviour that can't be read is told by the task, which fails with it.
      return false;
    }
  }

  /** Why no agent has room for one more task of an app. */
  #lacks(app: App): string | undefined {
    if (this.#getsNoOffer(app)) return 'InsufficientCpus';
    const running = [...this.#runs.values()].flatMap(({ tasks }) => [...tasks.values()]);
    const used = (pick: (app: App) => number) => running.reduce((sum, task) => sum + pick(task.app), 0);
    const { cpus = Number.POSITIVE_INFINITY, mem = Number.POSITIVE_INFINITY } = this.context.capacity;
    if (used(other => other.cpus) + app.cpus > cpus + 1e-9) return 'InsufficientCpus';
    if (used(other => other.mem) + app.mem > mem) return 'InsufficientMemory';
    return undefined;
  }
}

/** Scaling keeps the time of the last change of the configuration; everything else is such a change. */
function versioned(app: App, from: VersionedApp | undefined, version: string): VersionedApp {
  const changes = from === undefined || isUpgrade(from, app);
  const lastConfigChangeAt = changes ? version : from.versionInfo.lastConfigChangeAt;
  const scales = from === undefined || from.instances !== app.instances;
  const lastScalingAt = scales || changes ? version : from.versionInfo.lastScalingAt;
  return { ...app, version, versionInfo: { lastScalingAt, lastConfigChangeAt } };
}
