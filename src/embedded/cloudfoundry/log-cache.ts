import { randomUUID } from 'node:crypto';
import type { ContainerUsage } from './instance.js';

interface Envelope {
  readonly timestamp: string;
  readonly source_id: string;
  readonly instance_id: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly log?: { readonly payload: string; readonly type: 'OUT' | 'ERR' };
  readonly timer?: { readonly name: 'http'; readonly start: string; readonly stop: string };
  readonly gauge?: { readonly metrics: Readonly<Record<string, { readonly unit: string; readonly value: number }>> };
}

type Kind = 'LOG' | 'TIMER' | 'GAUGE';
type Content = Pick<Envelope, 'log' | 'timer' | 'gauge'>;

/** So many envelopes of an app are kept, of each kind. */
const KEPT = 5_000;
/** What a reader gets if he does not say, and at most. */
const USUAL = 100;
const MOST = 1_000;
const NANOSECONDS = 1_000_000n;

/**
 * log-cache: the latest log lines of an app, a timer for each request that a router has sent to it, and what its containers
 * used.
 */
export class LogCache {
  readonly #envelopes = new Map<string, Map<Kind, Envelope[]>>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  say(app: string, index: number, text: string): void {
    const payload = Buffer.from(text).toString('base64');
    this.#add('LOG', app, index, { log: { payload, type: 'OUT' } }, { source_type: 'CELL' });
  }

  /** A request that took from `startedAt` until now; of one that became a WebSocket until it ended. */
  request(app: string, index: number, method: string, uri: string, status: number, startedAt: number): void {
    const timer = { name: 'http' as const, start: nanoseconds(startedAt), stop: nanoseconds(this.#now()) };
    const tags = { method, uri, status_code: String(status), peer_type: 'Client', request_id: randomUUID() };
    this.#add('TIMER', app, index, { timer }, tags);
  }

  usage(app: string, index: number, { cpu, memory, memoryQuota, disk, diskQuota }: ContainerUsage): void {
    const bytes = (value: number) => ({ unit: 'bytes', value });
    const metrics = {
      cpu: { unit: 'percentage', value: cpu },
      memory: bytes(memory),
      memory_quota: bytes(memoryQuota),
      disk: bytes(disk),
      disk_quota: bytes(diskQuota),
    };
    this.#add('GAUGE', app, index, { gauge: { metrics } }, {});
  }

  /** As `read` answers: newest first if so asked, of the types that were asked for, with the start and without the end. */
  read(app: string, query: URLSearchParams): object {
    const kept = this.#envelopes.get(app) ?? new Map<Kind, Envelope[]>();
    const types = query.getAll('envelope_types');
    const from = BigInt(query.get('start_time') ?? '0');
    const end = query.get('end_time');
    const limit = Math.min(MOST, Number(query.get('limit') ?? USUAL));
    const all = [...kept]
      .flatMap(([kind, envelopes]) => (types.length === 0 || types.includes(kind) ? envelopes : []))
      .filter(({ timestamp }) => BigInt(timestamp) >= from && (end === null || BigInt(timestamp) < BigInt(end)))
      .toSorted((one, other) => Number(BigInt(one.timestamp) - BigInt(other.timestamp)));
    const ordered = query.get('descending') === 'true' ? all.toReversed() : all;
    return { envelopes: { batch: ordered.slice(0, limit) } };
  }

  #add(kind: Kind, app: string, index: number, what: Content, tags: Envelope['tags']): void {
    const kinds = this.#envelopes.get(app) ?? new Map<Kind, Envelope[]>();
    const envelopes = kinds.get(kind) ?? [];
    this.#envelopes.set(app, kinds.set(kind, envelopes));
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
