interface Envelope {
  readonly timestamp: string;
  readonly source_id: string;
  readonly instance_id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly log?: { readonly payload: string; readonly type: 'OUT' | 'ERR' };
  readonly timer?: { readonly name: 'http'; readonly start: string; readonly stop: string };
}

/** So many envelopes of an app are kept. */
const KEPT = 1_000;
const NANOSECONDS = 1_000_000n;

/** log-cache: the latest log lines of an app, and a timer for each request that a router has sent to it. */
export class LogCache {
  readonly #envelopes = new Map<string, Envelope[]>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  say(app: string, index: number, text: string): void {
    const payload = Buffer.from(text).toString('base64');
    this.#add(app, index, { log: { payload, type: 'OUT' } }, { source_type: 'CELL' });
  }

  /** A request that took from `startedAt` until now. */
  request(app: string, index: number, method: string, uri: string, status: number, startedAt: number): void {
    const timer = { name: 'http' as const, start: nanoseconds(startedAt), stop: nanoseconds(this.#now()) };
    this.#add(app, index, { timer }, { method, uri, status_code: String(status), peer_type: 'Client' });
  }

  /** As `read` answers: newest first if so asked, of the types that were asked for. */
  read(app: string, query: URLSearchParams): object {
    const types = query.getAll('envelope_types');
    const from = BigInt(query.get('start_time') ?? '0');
    const limit = Number(query.get('limit') ?? '100');
    const all = (this.#envelopes.get(app) ?? []).filter(
      ({ timestamp, log }) =>
        BigInt(timestamp) >= from && (types.length === 0 || types.includes(log ? 'LOG' : 'TIMER')),
    );
    const ordered = query.get('descending') === 'true' ? all.toReversed() : all;
    return { envelopes: { batch: ordered.slice(0, limit) } };
  }

  #add(app: string, index: number, what: Pick<Envelope, 'log' | 'timer'>, tags: Envelope['tags']): void {
    const envelopes = this.#envelopes.get(app) ?? [];
    this.#envelopes.set(app, envelopes);
    envelopes.push({
      timestamp: nanoseconds(this.#now()),
      source_id: app,
      instance_id: String(index),
      tags,
      ...what,
    });
    if (envelopes.length > KEPT) envelopes.shift();
  }
}

function nanoseconds(ms: number): string {
  return String(BigInt(Math.round(ms)) * NANOSECONDS);
}
