import { probeHttp, probeTcp } from '../../marathon/probe.js';
import { type Server, type ServerOptions, serverOptions } from './configuration.js';

/** One server of a backend, with its health and its counters. */
export class Upstream {
  readonly server: Server;
  readonly options: ServerOptions;
  /** Requests or connections: now, and in all. */
  current = 0;
  total = 0;
  /** For the weighted round: how much of its share it has waited for. */
  credit = 0;
  /** Its HTTP answers by their first digit. */
  readonly answers = [0, 0, 0, 0, 0, 0];
  errors = 0;
  #health: number;
  #lastCheck = '';

  /** @throws RangeError for options that HAProxy refuses */
  constructor(server: Server) {
    this.server = server;
    this.options = serverOptions(server.options);
    this.#health = this.options.rise;
  }

  get isUp(): boolean {
    return !this.options.disabled && (!this.options.checks || this.#health >= this.options.rise);
  }

  /** Whether new requests may go to it. */
  get isUsable(): boolean {
    return this.isUp && this.options.weight > 0;
  }

  /** As the statistics tell it: `UP`, `UP 1/3`, `DOWN`, `DOWN 1/2`, `MAINT`, `no check`, `DRAIN`. */
  get status(): string {
    const { checks, disabled, fall, rise, weight } = this.options;
    if (disabled) return 'MAINT';
    if (!checks) return weight === 0 ? 'DRAIN' : 'no check';
    const full = rise + fall - 1;
    if (this.#health >= rise) {
      if (this.#health < full) return `UP ${this.#health - rise + 1}/${fall}`;
      return weight === 0 ? 'DRAIN' : 'UP';
    }
    return this.#health === 0 ? 'DOWN' : `DOWN ${this.#health}/${rise}`;
  }

  get lastCheck(): string {
    return this.#lastCheck;
  }

  /** Makes one check: an HTTP request where there is one, otherwise a connection. */
  async check(httpCheck: string | undefined, timeoutMs: number): Promise<void> {
    const { checks, disabled, fall, rise } = this.options;
    if (!checks || disabled) return;
    const { host, port } = this.server;
    const path = httpCheck?.split(' ')[1] ?? '/';
    const passes =
      httpCheck === undefined
        ? await probeTcp(port, timeoutMs, host)
        : await probeHttp(port, path, timeoutMs).then(
            ({ status }) => status >= 200 && status < 400,
            () => false,
          );
    const layer = httpCheck === undefined ? 'L4' : 'L7';
    this.#lastCheck = `${layer}${passes ? 'OK' : layer === 'L4' ? 'CON' : 'STS'}`;
    const full = rise + fall - 1;
    const isUp = this.#health >= rise;
    if (passes) this.#health = isUp ? full : this.#health + 1 >= rise ? full : this.#health + 1;
    else this.#health = isUp && this.#health - 1 >= rise ? this.#health - 1 : 0;
  }
}

/** Picks servers in turn, by weight: those that are up; backups only where no other is. */
export function nextUpstream(all: readonly Upstream[], except?: ReadonlySet<Upstream>): Upstream | undefined {
  const usable = all.filter(upstream => upstream.isUsable && except?.has(upstream) !== true);
  const active = usable.filter(({ options }) => !options.backup);
  const candidates = active.length > 0 ? active : usable.slice(0, 1);
  let best: Upstream | undefined;
  let sum = 0;
  for (const upstream of candidates) {
    upstream.credit += upstream.options.weight;
    sum += upstream.options.weight;
    if (best === undefined || upstream.credit > best.credit) best = upstream;
  }
  if (best !== undefined) best.credit -= sum;
  return best;
}
