import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Answer, Identity } from './answers.js';
import type { GaugeReading } from './gauge.js';
import type { Order, ProgramOptions, Report } from './program.js';
import type { InstanceState, RunningInstance } from './running-instance.js';

/** How much of what a process complains about is kept, in characters. */
const COMPLAINT = 2_000;

/**
 * An instance in a process of its own, as the agents of a platform run one: asked to go it gets SIGTERM, and SIGKILL at
 * the end of its grace period. It never outlives this process, however this one ends: it goes when the channel closes.
 */
export class InstanceProcess implements RunningInstance {
  readonly identity: Identity;
  readonly stopped: Promise<void>;
  readonly gaugeReadings: GaugeReading[] = [];
  state: InstanceState = 'running';
  ports: readonly number[] = [];
  inFlight = 0;
  pending = 0;
  abandoned = 0;
  #complaint = '';
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, { app, instance, slot, version }: Identity) {
    this.identity = { app, instance, slot, version };
    this.#child = child;
    child.on('message', (report: Report) => this.#hear(report));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#complaint = `${this.#complaint}${text}`.slice(-COMPLAINT);
    });
    // What it has told before its end is still in the channel when it is gone.
    this.stopped = Promise.all([once(child, 'exit'), once(child, 'disconnect')]).then(() => this.#end());
  }

  /**
   * Starts an instance; resolves once it listens.
   *
   * @param command the program and its arguments: it has to call `serveInstance`
   * @throws Error with the process's own words when it does not start
   */
  static async start(command: readonly string[], options: ProgramOptions): Promise<InstanceProcess> {
    const [file = '', ...args] = command;
    const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env: {} });
    await once(child, 'spawn');
    const started = new InstanceProcess(child, options);
    started.#order({ start: options });
    await Promise.race([once(child, 'message'), started.stopped]);
    if (started.state !== 'stopped') return started;
    throw new Error(`The process of the instance ${options.instance} did not start: ${started.#complaint}`);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get port(): number {
    return this.ports[0] ?? 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  answer(path: string, answer: Answer | undefined): void {
    this.#order({ answer: { path, answer } });
  }

  answerEverything(answer: Answer | undefined): void {
    this.#order({ everything: { answer } });
  }

  fail(afterMs = 0): void {
    this.#order({ failAfterMs: afterMs });
  }

  terminate(graceMs: number): Promise<void> {
    if (this.state !== 'running') return this.stopped;
    this.state = 'terminating';
    if (graceMs <= 0) this.kill();
    else {
      this.#child.kill('SIGTERM');
      const grace = setTimeout(() => this.kill(), graceMs);
      void this.stopped.then(() => clearTimeout(grace));
    }
    return this.stopped;
  }

  kill(): void {
    if (this.state !== 'stopped') this.#child.kill('SIGKILL');
  }

  #order(order: Order): void {
    // A process that has ended meanwhile takes no orders: `stopped` tells.
    if (this.#child.connected) this.#child.send(order, () => undefined);
  }

  #hear(report: Report): void {
    if ('ports' in report) this.ports = report.ports;
    else if ('reading' in report) this.gaugeReadings.push(report.reading);
    else {
      this.inFlight = report.inFlight;
      this.pending = report.pending;
    }
  }

  #end(): void {
    this.state = 'stopped';
    this.abandoned = this.pending;
  }
}
