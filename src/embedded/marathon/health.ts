import type { MarathonContext } from './context.js';
import type { HealthCheck } from './definition.js';
import { probeHttp, probeTcp } from './probe.js';

/** What the API tells of one health check of one task; nothing is told before the first probe. */
export interface HealthResult {
  readonly alive: boolean;
  readonly consecutiveFailures: number;
  readonly instanceId: string;
  readonly firstSuccess?: string;
  readonly lastSuccess?: string;
  readonly lastFailure?: string;
  readonly lastFailureCause?: string;
}

export interface HealthTarget {
  readonly instanceId: string;
  readonly ports: readonly number[];
  /** Whether the program says that it is well where no HTTP path can say so. */
  readonly isWell: () => boolean;
  /** Called when a check changes between alive and not alive. */
  readonly onChange: (alive: boolean) => void;
  /** Called when a check has failed too often. */
  readonly onTooManyFailures: (cause: string) => void;
}

/** One health check of one task: probes its program until it is stopped. */
export class HealthProbe {
  result: HealthResult | undefined;
  readonly check: HealthCheck;
  readonly #context: MarathonContext;
  readonly #target: HealthTarget;
  readonly #startedAt: number;
  #stopped = false;

  constructor(context: MarathonContext, check: HealthCheck, target: HealthTarget) {
    this.check = check;
    this.#context = context;
    this.#target = target;
    this.#startedAt = context.now();
    const { firstProbe } = context.timing;
    context.timers.after(firstProbe, () => this.#run());
  }

  /** Whether Mesos itself makes this check; only such checks can be seen by Edge-LB. */
  get isByMesos(): boolean {
    return this.check.protocol.startsWith('MESOS_') || this.check.protocol === 'COMMAND';
  }

  stop(): void {
    this.#stopped = true;
  }

  #run(): void {
    if (this.#stopped) return;
    const { timers, timing } = this.#context;
    const again = Math.min(this.check.intervalSeconds * timing.second, timing.longestProbe);
    this.#context.track(this.#probe());
    timers.after(again, () => this.#run(), false);
  }

  async #probe(): Promise<void> {
    const failure = await this.#failure();
    if (this.#stopped) return;
    const before = this.result;
    this.result = failure === undefined ? this.#succeeded(before) : this.#failed(before, failure);
    if (this.result !== undefined && before?.alive !== this.result.alive) this.#target.onChange(this.result.alive);
    const { maxConsecutiveFailures } = this.check;
    const failures = this.result?.consecutiveFailures ?? 0;
    if (maxConsecutiveFailures > 0 && failures >= maxConsecutiveFailures) {
      this.#target.onTooManyFailures(failure ?? '');
    }
  }

  /** Why the program is not well, in Marathon's words. */
  async #failure(): Promise<string | undefined> {
    const { protocol, path = '/', portIndex = 0, timeoutSeconds } = this.check;
    const port = this.#target.ports[portIndex] ?? 0;
    const timeoutMs = Math.max(250, timeoutSeconds * this.#context.timing.second);
    if (protocol === 'COMMAND') return this.#target.isWell() ? undefined : 'Command returned 1';
    if (protocol.endsWith('TCP')) {
      const accepted = this.#target.isWell() && (await probeTcp(port, timeoutMs));
      return accepted ? undefined : 'ConnectException: Connection refused';
    }
    try {
      const { status } = await probeHttp(port, path, timeoutMs);
      return status >= 200 && status < 400 ? undefined : `Status code ${status}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  #succeeded(before: HealthResult | undefined): HealthResult {
    const at = new Date(this.#context.now()).toISOString();
    const { instanceId } = this.#target;
    return {
      ...before,
      instanceId,
      alive: true,
      consecutiveFailures: 0,
      firstSuccess: before?.firstSuccess ?? at,
      lastSuccess: at,
    };
  }

  /** Failures before the first success do not count while the grace period lasts. */
  #failed(before: HealthResult | undefined, lastFailureCause: string): HealthResult {
    const now = this.#context.now();
    const graceMs = this.check.gracePeriodSeconds * this.#context.timing.second;
    const isGrace = before?.firstSuccess === undefined && now - this.#startedAt < graceMs;
    const consecutiveFailures = isGrace ? 0 : (before?.consecutiveFailures ?? 0) + 1;
    const lastFailure = new Date(now).toISOString();
    const { instanceId } = this.#target;
    return { ...before, instanceId, alive: false, consecutiveFailures, lastFailure, lastFailureCause };
  }
}
