import type { MarathonContext } from './context.js';
import { portsOf, type ReadinessCheck, type VersionedApp } from './definition.js';
import { probeHttp } from './probe.js';

/** What a deployment tells of a readiness check of one task. */
export interface ReadinessResult {
  readonly name: string;
  readonly taskId: string;
  readonly ready: boolean;
  readonly lastResponse?: { readonly status: number; readonly contentType: string; readonly body: string };
}

/** The readiness check of one task: asks until the first yes, and is forgotten afterwards. */
export class ReadinessProbe {
  result: ReadinessResult;
  readonly #context: MarathonContext;
  readonly #check: ReadinessCheck;
  readonly #port: number;
  readonly #onReady: () => void;
  #stopped = false;

  constructor(
    context: MarathonContext,
    check: ReadinessCheck,
    task: { readonly id: string; readonly app: VersionedApp; readonly ports: readonly number[] },
    onReady: () => void,
  ) {
    const index = portsOf(task.app).findIndex(({ name }) => name === check.portName);
    this.#context = context;
    this.#check = check;
    this.#port = task.ports[Math.max(0, index)] ?? 0;
    this.#onReady = onReady;
    this.result = { name: check.name, taskId: task.id, ready: false };
    context.timers.after(context.timing.firstProbe, () => this.#run());
  }

  stop(): void {
    this.#stopped = true;
  }

  #run(): void {
    if (this.#stopped || this.result.ready) return;
    const { timers, timing, track } = this.#context;
    track(this.#probe());
    timers.after(Math.min(this.#check.intervalSeconds * timing.second, timing.longestProbe), () => this.#run(), false);
  }

  async #probe(): Promise<void> {
    const { httpStatusCodesForReady, path, preserveLastResponse, timeoutSeconds } = this.#check;
    const timeoutMs = Math.max(250, timeoutSeconds * this.#context.timing.second);
    const answer = await probeHttp(this.#port, path, timeoutMs).catch(() => undefined);
    if (this.#stopped || answer === undefined) return;
    const ready = httpStatusCodesForReady.includes(answer.status);
    this.result = { ...this.result, ready, ...(preserveLastResponse ? { lastResponse: answer } : {}) };
    if (ready) this.#onReady();
  }
}
