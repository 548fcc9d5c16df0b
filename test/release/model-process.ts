/** Processes that write to the model, and die, stand still or lose answers as a test says. */
import { failure } from '../../src/failures.js';

/**
 * What happens to the nth write: the process dies before or after it, it stops (until `resume`) before or after it, it
 * fails, or its effect is lost on the caller.
 */
export type Fate = 'crash-before' | 'crash-after' | 'pause-before' | 'pause-after' | 'fail' | 'lost-answer';

/** What every process shares is on the first one; each that connects has its own life. */
export abstract class ModelProcess {
  readonly writes: string[] = [];
  fates = new Map<number, Fate>();
  onCrash: () => void = () => undefined;
  onPause: () => void = () => undefined;
  beforeWrite: (name: string) => void = () => undefined;
  /** Set on a connection whose process stands still. */
  resume: (() => void) | undefined;
  private paused: Promise<void> | undefined;
  private dead = false;

  /** The platform as one process sees it: a process that died stays dead, whoever comes after it. */
  connect(): this {
    const connection = Object.create(this) as this;
    connection.dead = false;
    connection.paused = undefined;
    connection.resume = undefined;
    return connection;
  }

  protected get root(): this {
    return Object.hasOwn(this, 'writes') ? this : (Object.getPrototypeOf(this) as this);
  }

  /** Called after every write. */
  protected abstract check(): void;

  protected async write<T>(name: string, apply: () => T, ask: () => Promise<void> = async () => undefined): Promise<T> {
    await this.alive();
    this.beforeWrite(name);
    const fate = await this.standStill(name);
    await ask();
    if (fate === 'crash-before') return this.crash();
    if (fate === 'fail') throw failure('UNEXPECTED', { reason: `${name} was refused by the model` });
    const applied = apply();
    this.check();
    if (fate === 'crash-after') return this.crash();
    if (fate === 'pause-after') await this.pause();
    if (fate === 'lost-answer') throw failure('UNEXPECTED', { reason: `the answer to ${name} was lost` });
    return applied;
  }

  private crash(): Promise<never> {
    this.dead = true;
    this.onCrash();
    return forever();
  }

  /** Counts a write. A process that stops before it stops here, with everything decided and nothing sent. */
  private async standStill(name: string): Promise<Fate | undefined> {
    const fate = this.fates.get(this.writes.length);
    this.writes.push(name);
    if (fate === 'pause-before') await this.pause();
    return fate;
  }

  private pause(): Promise<void> {
    this.paused = new Promise(resolve => {
      this.resume = () => {
        this.paused = undefined;
        resolve();
      };
    });
    this.root.onPause();
    return this.paused;
  }

  /** A dead process gets no more answers, and one that stands still asks for none. */
  protected async alive(): Promise<void> {
    await Promise.resolve();
    while (this.paused) await this.paused;
    if (this.dead) await forever();
  }
}

function forever(): Promise<never> {
  return new Promise(() => undefined);
}
