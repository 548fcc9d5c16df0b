import type { CloudFoundryContext } from './context.js';
import { AppInstance } from './instance.js';
import type { LogCache } from './log-cache.js';
import type { App, Process } from './model.js';

/** Runs as many instances as processes of started apps are wanted to have, and replaces those that crash. */
export class Diego {
  readonly instances = new Set<AppInstance>();
  readonly #context: CloudFoundryContext;
  readonly #logs: LogCache;
  readonly #changed: () => void;

  /** @param changed is called when an instance begins or ceases to be routable */
  constructor(context: CloudFoundryContext, logs: LogCache, changed: () => void) {
    this.#context = context;
    this.#logs = logs;
    this.#changed = changed;
    this.#measure();
  }

  instancesOf(process: Process): readonly AppInstance[] {
    return [...this.instances].filter(instance => instance.process.guid === process.guid);
  }

  /** Makes the instances of every process what the database wants. */
  reconcile(): void {
    const { apps, processes } = this.#context.database;
    for (const instance of this.instances) if (!processes.has(instance.process.guid)) instance.stop();
    for (const process of processes.values()) {
      const app = apps.get(process.app);
      if (app) this.#reconcile(app, process, app.state === 'STARTED' ? process.instances : 0);
    }
  }

  /** Replaces every instance, as a restart does: all are stopped first. */
  restart(app: App): void {
    for (const instance of this.instances) if (instance.app.guid === app.guid) instance.stop();
    this.reconcile();
  }

  close(): void {
    for (const instance of this.instances) instance.close();
  }

  #reconcile(app: App, process: Process, wanted: number): void {
    const staying = this.instancesOf(process).filter(({ isLeaving }) => !isLeaving);
    for (const instance of staying) if (instance.index >= wanted) instance.stop();
    for (let index = 0; index < wanted; index += 1) {
      if (!staying.some(instance => instance.index === index)) this.#launch(app, process, index);
    }
  }

  /** Every cell tells what its containers use, again and again. */
  #measure(): void {
    const { timers, timing } = this.#context;
    timers.after(
      timing.metrics,
      () => {
        for (const instance of this.instances) {
          const used = instance.isRoutable ? instance.usage() : undefined;
          if (used) this.#logs.usage(instance.app.guid, instance.index, used);
        }
        this.#measure();
      },
      false,
    );
  }

  #launch(app: App, process: Process, index: number): void {
    const instance = new AppInstance(this.#context, app, process, index, {
      changed: this.#changed,
      ended: ended => {
        this.instances.delete(ended);
        this.#changed();
        this.reconcile();
      },
      log: text => this.#logs.say(app.guid, index, text),
    });
    this.instances.add(instance);
  }
}
