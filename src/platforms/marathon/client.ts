/**
 * The wire to Marathon and Edge-LB: raw JSON in and out, a deadline on every request, and every trouble as a Failure.
 *
 * Reads are repeated on 429, 5xx, connection errors and a gateway that does not know the service yet. A write is
 * repeated only when the server certainly did not carry it out (connection refused, 401, 429) or when it is `again`
 * (the same once or twice); otherwise it fails as uncertain, and the noun that made it decides by reading back.
 */
import { Failure } from '../../failures.js';
import type { HttpAnswer, HttpRequest } from '../../lib/http.js';
import { formatDuration } from '../../lib/units.js';
import { apiRequest, troubleOf } from '../../lib/wire/api.js';
import { exchange, withRenewal } from '../../lib/wire/exchange.js';
import { type Pace, pause } from '../../lib/wire/pace.js';
import { isPassing, mayRepeat, persist, retryAfter } from '../../lib/wire/persist.js';
import type { Clock } from '../port.js';
import { answerFailure, isGatewayLost, locksOf, parseAnswer } from './answers.js';
import type { Authorization } from './credentials.js';
import { isUncertain, marathonFailure } from './failures.js';

/** Edge-LB gives up its own locks after 10 s. */
const REQUEST_TIMEOUT_MS = 20_000;
const LONGEST_PAUSE_MS = 8_000;
const LONGEST_RETRY_AFTER_MS = 60_000;
const JITTER = 0.25;
/** How often it is looked whether a lock is gone. */
const LOCK_PAUSE_MS = 1_000;

export interface Question {
  readonly api: 'marathon' | 'edge-lb';
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Behind the base of the API, with the query. Values are encoded by whoever wrote it. */
  readonly path: string;
  readonly body?: unknown;
  /** Such as `read the app /svc-blue`. */
  readonly what: string;
  /** The same once or twice: made again when its answer was lost. */
  readonly again?: boolean;
  /** What is asked for is text, not JSON. */
  readonly isText?: boolean;
}

export interface ClientOptions {
  readonly marathon: string;
  /** Undefined: there is no Edge-LB. */
  readonly edgeLb: string | undefined;
  readonly authorization: Authorization;
  readonly clock: Clock;
  readonly debug: (text: string) => void;
  readonly send: (request: HttpRequest) => Promise<HttpAnswer>;
  /** From 0 to 1, for jitter. */
  readonly random?: () => number;
  readonly requestTimeoutMs?: number;
}

export class Client {
  readonly clock: Clock;
  private readonly options: ClientOptions;
  private readonly pace: Pace;

  constructor(options: ClientOptions) {
    this.options = options;
    this.pace = { longestMs: LONGEST_PAUSE_MS, jitter: JITTER, ...options };
    this.clock = options.clock;
  }

  get authorization(): Authorization {
    return this.options.authorization;
  }

  base(api: Question['api']): string {
    const { marathon, edgeLb } = this.options;
    if (api === 'marathon') return marathon;
    if (edgeLb !== undefined) return edgeLb;
    throw marathonFailure('MARATHON_SETTINGS', { reason: 'there is neither url nor edge-lb-url' });
  }

  debug(text: string): void {
    this.options.debug(text);
  }

  /** What is there as JSON; undefined when it does not exist. */
  async get<T>(api: Question['api'], path: string, what: string, signal: AbortSignal): Promise<T | undefined> {
    const question: Question = { api, method: 'GET', path, what };
    return parseAnswer(this.base(api), what, await this.answerTo(question, signal)) as T | undefined;
  }

  /** What is there as text; undefined when it does not exist. */
  async text(api: Question['api'], path: string, what: string, signal: AbortSignal): Promise<string | undefined> {
    const answer = await this.answerTo({ api, method: 'GET', path, what, isText: true }, signal);
    if (answer.status === 404 && !isGatewayLost(answer)) return undefined;
    if (answer.status !== 200) throw answerFailure(this.base(api), what, answer);
    return answer.text;
  }

  /**
   * Makes a write, and waits as long as `signal` lets it where a deployment of Marathon holds a lock: nothing is ever
   * forced. Answers the JSON; undefined for a good answer without a body, and where there was nothing to delete.
   */
  async write<T>(question: Question, signal: AbortSignal): Promise<T | undefined> {
    const begun = this.clock.now();
    for (;;) {
      const answer = await this.answerTo(question, signal);
      const locks = locksOf(answer);
      if (!locks) return this.written<T>(question, answer);
      await this.untilUnlocked(question, locks, begun, signal);
    }
  }

  private written<T>({ api, method, what }: Question, answer: HttpAnswer): T | undefined {
    if (answer.status === 404 && method !== 'DELETE') throw answerFailure(this.base(api), what, answer);
    return parseAnswer(this.base(api), what, answer) as T | undefined;
  }

  /** Waits after attempt number `attempt` (from 1) of something that failed. */
  async pause(attempt: number, signal: AbortSignal): Promise<void> {
    await pause(this.pace, attempt, signal);
  }

  /** Sends until the answer is not the one of a door that was shut, or the attempts are used up. */
  private answerTo(question: Question, signal: AbortSignal): Promise<HttpAnswer> {
    const repeatable = { isRead: question.method === 'GET', again: question.again };
    return persist(
      {
        pace: this.pace,
        mayRepeat: thrown => mayRepeat(thrown, repeatable, isUncertain),
        passesAfter: answer =>
          isPassing(answer.status, repeatable) || isGatewayLost(answer)
            ? retryAfter(answer.headers, LONGEST_RETRY_AFTER_MS)
            : undefined,
      },
      () => this.once(question, signal),
      signal,
    );
  }

  private async untilUnlocked(
    { what }: Question,
    locks: readonly string[],
    begun: number,
    signal: AbortSignal,
  ): Promise<void> {
    this.debug(`Locked by ${locks.join(', ') || 'too many deployments'}: ${what}.`);
    try {
      for (;;) {
        await this.clock.sleep(LOCK_PAUSE_MS, signal);
        const running = await this.get<readonly { id: string }[]>(
          'marathon',
          '/v2/deployments',
          'list deployments',
          signal,
        );
        if (locks.length === 0 || !running?.some(({ id }) => locks.includes(id))) return;
      }
    } catch (cause) {
      if (cause instanceof Failure && !signal.aborted) throw cause;
      const waited = formatDuration(this.clock.now() - begun);
      throw marathonFailure('APP_LOCKED', { what, deployments: locks.join(', ') || '(too many)', waited }, { cause });
    }
  }

  /** One exchange; a second one when the credentials turn out to have ended in between. */
  private once(question: Question, signal: AbortSignal): Promise<HttpAnswer> {
    const renew = () => {
      if (!this.authorization.renew()) return false;
      this.debug('The credentials have ended; logging in again.');
      return true;
    };
    return withRenewal(() => this.exchange(question, signal), { isRefused: ({ status }) => status === 401, renew });
  }

  private async exchange(question: Question, signal: AbortSignal): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const { api, method, path, what, body, isText } = question;
    const server = this.base(api);
    const timeoutMs = this.options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
    const authorization = await this.authorization.header(signal);
    // Marathon has a text of its own for some of what it can say as JSON.
    const headers = isText ? { Accept: 'text/plain' } : {};
    const json = body === undefined ? undefined : JSON.stringify(body);
    const request = apiRequest({ method, url: `${server}${path}`, headers, authorization, body: json, timeoutMs });
    return exchange(
      this.options,
      {
        name: `${method} ${path.replace(/\?.*/, '')}`,
        isRead: method === 'GET',
        timeoutMs,
        send: own => this.options.send({ ...request, signal: own }),
        troubleOf,
        failure: (code, reason, cause) => marathonFailure(code, { server, reason, what }, { cause }),
      },
      signal,
    );
  }
}
