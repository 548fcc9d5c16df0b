/**
 * The wire to BCS: envelopes in and out, a deadline on every request, and every trouble as a Failure. An HTTP 200 may
 * carry an error code, and an empty one comes from a scheduler that is not the master.
 *
 * Reads are repeated on empty answers, 429, 5xx and connection errors. A write is repeated only when the server certainly
 * did not carry it out; otherwise it fails as uncertain, and the noun that made it decides by reading back.
 */
import type { HttpAnswer, HttpRequest } from '../../lib/http.js';
import { plain } from '../../lib/inert.js';
import { apiRequest, troubleOf } from '../../lib/wire/api.js';
import { exchange } from '../../lib/wire/exchange.js';
import { type Pace, pause } from '../../lib/wire/pace.js';
import { persist } from '../../lib/wire/persist.js';
import type { Clock } from '../port.js';
import { bcsFailure, hasCode } from './failures.js';

const REQUEST_TIMEOUT_MS = 30_000;
/** So often whoever makes a write that may be made twice makes it, until it is known to have been made: some four seconds. */
export const WRITE_ATTEMPTS = 5;
const LONGEST_PAUSE_MS = 8_000;
const JITTER = 0.25;

/** Codes of bcs-common's errorCode.go. */
const EXISTS = 1405201;
const ABSENT = [1405202, 1405087];
/** The request never came to a scheduler: none is connected. */
const NO_SCHEDULER = 1405009;
const WRONG_CLUSTER = 1405234;
const UNAUTHORIZED = [1405057, 1405058, 1405059];

interface Envelope {
  readonly result?: boolean;
  readonly code?: number;
  readonly message?: string;
  readonly data?: unknown;
}

export interface ClientOptions {
  readonly api: string;
  readonly cluster: string;
  readonly token: string | undefined;
  readonly clock: Clock;
  readonly debug: (text: string) => void;
  readonly send: (request: HttpRequest) => Promise<HttpAnswer>;
  /** From 0 to 1, for jitter. */
  readonly random?: () => number;
}

interface Question {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: object;
  /** Such as `read the service test`. */
  readonly what: string;
  readonly isRead: boolean;
}

export class Client {
  readonly clock: Clock;
  readonly cluster: string;
  private readonly options: ClientOptions;
  private readonly pace: Pace;

  constructor(options: ClientOptions) {
    this.options = options;
    this.pace = { longestMs: LONGEST_PAUSE_MS, jitter: JITTER, ...options };
    this.clock = options.clock;
    this.cluster = options.cluster;
  }

  debug(text: string): void {
    this.options.debug(text);
  }

  /** The objects of a type in a namespace, as storage has them: seconds behind what was written. */
  async list<T>(
    type: string,
    filters: Readonly<Record<string, string>>,
    what: string,
    signal: AbortSignal,
  ): Promise<readonly T[]> {
    const path = `/bcsapi/v4/storage/query/mesos/dynamic/clusters/${this.options.cluster}/${type}`;
    const data = await this.ask({ method: 'POST', path, body: filters, what, isRead: true }, signal);
    return (Array.isArray(data) ? data : []).map((stored: { data: T }) => stored.data);
  }

  /** One object of storage; undefined when it does not exist. */
  async inspect<T>(
    type: string,
    namespace: string,
    name: string,
    what: string,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    const place = `clusters/${this.options.cluster}/namespaces/${encodeURIComponent(namespace)}`;
    const path = `/bcsapi/v4/storage/mesos/dynamic/namespace_resources/${place}/${type}/${encodeURIComponent(name)}`;
    try {
      const data = await this.ask({ method: 'GET', path, what, isRead: true }, signal);
      return (data as { data?: T } | null)?.data;
    } catch (error) {
      if (hasCode(error, 'GONE')) return undefined;
      throw error;
    }
  }

  /**
   * The definition of a deployment, as the scheduler itself has it at this moment: storage shows later what was created.
   * Undefined when it does not exist.
   */
  async definition<T>(namespace: string, name: string, what: string, signal: AbortSignal): Promise<T | undefined> {
    const place = `${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;
    const path = `/bcsapi/v4/scheduler/mesos/definition/deployment/${place}`;
    try {
      return (await this.ask({ method: 'GET', path, what, isRead: true }, signal)) as T;
    } catch (error) {
      if (hasCode(error, 'GONE')) return undefined;
      throw error;
    }
  }

  /** Makes a write below the scheduler's `namespaces/`. Throws CONFLICT, GONE, REJECTED, or what may have taken effect. */
  async write(
    method: 'POST' | 'PUT' | 'DELETE',
    rest: string,
    body: object | undefined,
    what: string,
    signal: AbortSignal,
  ) {
    const path = `/bcsapi/v4/scheduler/mesos/namespaces/${rest}`;
    await this.ask({ method, path, ...(body ? { body } : {}), what, isRead: false }, signal);
  }

  /** Waits after attempt number `attempt` (from 1) of something that failed. */
  async pause(attempt: number, signal: AbortSignal): Promise<void> {
    await pause(this.pace, attempt, signal);
  }

  private ask(question: Question, signal: AbortSignal): Promise<unknown> {
    const passing = question.isRead ? ['SERVER_ERROR', 'NOT_MASTER', 'NO_SCHEDULER', 'NOT_JSON'] : [];
    const mayRepeat = (thrown: unknown) => hasCode(thrown, 'UNREACHABLE', ...passing);
    const send = async () => this.dataOf(await this.exchange(question, signal), question);
    return persist({ pace: this.pace, mayRepeat }, send, signal);
  }

  private dataOf(answer: HttpAnswer, { what }: Question): unknown {
    const { status, text } = answer;
    const envelope = parse(text);
    const words = plain(envelope?.message ?? (envelope ? '' : text), 300);
    const { code } = envelope ?? {};
    if (code === 0 && status === 200) return envelope?.data;
    // Where the code says it, the status adds nothing: most failures are an HTTP 200.
    if (code === EXISTS) throw bcsFailure('CONFLICT', { what, words });
    if (ABSENT.includes(code ?? 0)) throw bcsFailure('GONE', { what, words });
    this.refuseStatus(status, code, words, what);
    if (text.trim() === '') throw bcsFailure('NOT_MASTER', { what });
    if (typeof code !== 'number') {
      throw bcsFailure('NOT_JSON', { server: this.options.api, status, beginning: plain(text, 200) });
    }
    throw bcsFailure('REJECTED', { what, code, words });
  }

  /** Throws what an HTTP status says, or a code that says the same. */
  private refuseStatus(status: number, code: number | undefined, words: string, what: string): void {
    const { api, cluster } = this.options;
    if (status === 401 || UNAUTHORIZED.includes(code ?? 0)) throw bcsFailure('UNAUTHORIZED', { server: api, words });
    if (status === 403) throw bcsFailure('FORBIDDEN', { what, words });
    if (status === 404 || code === WRONG_CLUSTER) throw bcsFailure('NO_CLUSTER', { cluster, what });
    if (status === 429 || status >= 500) throw bcsFailure('SERVER_ERROR', { what, status, words });
    if (code === NO_SCHEDULER) throw bcsFailure('NO_SCHEDULER', { what, words });
  }

  private exchange({ method, path, body, what, isRead }: Question, signal: AbortSignal): Promise<HttpAnswer> {
    const { api, cluster, token, send } = this.options;
    const timeoutMs = REQUEST_TIMEOUT_MS;
    const headers = {
      'Content-Type': 'application/json',
      'BCS-ClusterID': cluster,
      // Each generation of the gateway reads its own, and ignores the other.
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}`, 'X-Bcs-User-Token': token }),
    };
    const request = apiRequest({ method, url: `${api}${path}`, headers, body, timeoutMs });
    return exchange(
      this.options,
      {
        name: `${method} ${path}`,
        isRead,
        timeoutMs,
        send: own => send({ ...request, signal: own }),
        troubleOf,
        failure: (code, reason, cause) => bcsFailure(code, { server: api, reason, what }, { cause }),
      },
      signal,
    );
  }
}

function parse(text: string): Envelope | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Envelope) : undefined;
  } catch {
    return undefined; // whoever asked says what came instead
  }
}
