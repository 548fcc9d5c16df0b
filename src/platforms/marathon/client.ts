/**
 * The wire to Marathon and Edge-LB: raw JSON in and out, a deadline on every request, and every trouble as a Failure.
 *
 * Reads are repeated on 429, 5xx, connection errors and a gateway that does not know the service yet. A write is
 * repeated only when the server certainly did not carry it out (connection refused, 401, 429) or when it is `again`
 * (the same once or twice); otherwise it fails as uncertain, and the noun that made it decides by reading back.
 */
import { Failure } from '../../failures.js';
import type { HttpAnswer, HttpRequest } from '../../lib/http.js';
import { RequestFailed } from '../../lib/http.js';
import { withWriteGrace } from '../../lib/in-flight.js';
import { formatDuration } from '../../lib/units.js';
import type { Clock } from '../port.js';
import { answerFailure, isGatewayLost, locksOf, parseAnswer, retryAfter } from './answers.js';
import type { Authorization } from './credentials.js';
import { hasCode, isUncertain, marathonFailure } from './failures.js';

/** Edge-LB gives up its own locks after 10 s. */
const REQUEST_TIMEOUT_MS = 20_000;
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8_000;
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

  constructor(options: ClientOptions) {
    this.options = options;
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
    return parseAnswer(this.base(api), what, await this.persist(question, signal)) as T | undefined;
  }

  /** What is there as text; undefined when it does not exist. */
  async text(api: Question['api'], path: string, what: string, signal: AbortSignal): Promise<string | undefined> {
    const answer = await this.persist({ api, method: 'GET', path, what, isText: true }, signal);
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
      const answer = await this.knock(question, signal);
      const locks = locksOf(answer);
      if (!locks) return this.written<T>(question, answer);
      await this.untilUnlocked(question, locks, begun, signal);
    }
  }

  private written<T>({ api, method, what }: Question, answer: HttpAnswer): T | undefined {
    if (answer.status === 404 && method !== 'DELETE') throw answerFailure(this.base(api), what, answer);
    return parseAnswer(this.base(api), what, answer) as T | undefined;
  }

  /** Waits before attempt number `attempt` (from 1) of something that failed. */
  async pause(attempt: number, signal: AbortSignal, least = 0): Promise<void> {
    const { random = Math.random } = this.options;
    const growing = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
    await this.clock.sleep(Math.max(least, growing * (0.75 + random() / 2)), signal);
  }

  /** Sends a read until it is answered for good, or the attempts are used up. */
  private async persist(question: Question, signal: AbortSignal): Promise<HttpAnswer> {
    for (let attempt = 1; ; attempt++) {
      const last = attempt >= ATTEMPTS;
      try {
        const answer = await this.once(question, signal);
        if (last || (answer.status !== 429 && answer.status < 500 && !isGatewayLost(answer))) return answer;
        await this.pause(attempt, signal, retryAfter(answer));
      } catch (error) {
        if (last || !hasCode(error, 'UNREACHABLE')) throw error;
        await this.pause(attempt, signal);
      }
    }
  }

  /** Sends a write until it got an answer that is not the one of a door that was shut. */
  private async knock(question: Question, signal: AbortSignal): Promise<HttpAnswer> {
    for (let attempt = 1; ; attempt++) {
      const last = attempt >= ATTEMPTS;
      try {
        const answer = await this.once(question, signal);
        if (last || (answer.status !== 429 && !isGatewayLost(answer))) {
          if (last || !question.again || answer.status < 500) return answer;
        }
        await this.pause(attempt, signal, retryAfter(answer));
      } catch (error) {
        const mayRepeat = hasCode(error, 'UNREACHABLE') || (question.again === true && isUncertain(error));
        if (last || !mayRepeat) throw error;
        await this.pause(attempt, signal);
      }
    }
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
  private async once(question: Question, signal: AbortSignal): Promise<HttpAnswer> {
    const answer = await this.exchange(question, signal);
    if (answer.status !== 401 || !this.authorization.renew()) return answer;
    this.debug('The credentials have ended; logging in again.');
    return this.exchange(question, signal);
  }

  private async exchange(question: Question, signal: AbortSignal): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const { api, method, path, what, body, isText } = question;
    const shown = `${method} ${path.replace(/\?.*/, '')}`;
    const server = this.base(api);
    const begun = this.clock.now();
    const timeoutMs = this.options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
    const authorization = await this.authorization.header(signal);
    const request: Omit<HttpRequest, 'signal'> = {
      method,
      url: `${server}${path}`,
      headers: {
        // Marathon has a text of its own for some of what it can say as JSON.
        Accept: isText ? 'text/plain' : 'application/json',
        ...(authorization === undefined ? {} : { Authorization: authorization }),
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      timeoutMs,
      maxBytes: 64 * 1024 * 1024,
    };
    try {
      const send = (own: AbortSignal) => this.options.send({ ...request, signal: own });
      const answer = await (method === 'GET' ? send(signal) : withWriteGrace(signal, timeoutMs, send));
      this.debug(`${shown} -> ${answer.status}, ${this.clock.now() - begun} ms`);
      return answer;
    } catch (cause) {
      signal.throwIfAborted();
      throw this.trouble(cause, server, what, method !== 'GET', shown);
    }
  }

  private trouble(cause: unknown, server: string, what: string, isWrite: boolean, shown: string): unknown {
    if (cause instanceof Failure) return cause;
    const reason = (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '');
    this.debug(`${shown} -> ${reason}`);
    const kind = cause instanceof RequestFailed ? cause.kind : 'other';
    if (kind === 'tls') return marathonFailure('TLS', { server, reason }, { cause });
    if (!isWrite || kind === 'refused' || kind === 'dns')
      return marathonFailure('UNREACHABLE', { server, reason, what }, { cause });
    return marathonFailure('ANSWER_LOST', { reason, what }, { cause });
  }
}
