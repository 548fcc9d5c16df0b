/**
 * The wire to the v3 API: JSON in and out, a deadline on every request, and every trouble as a Failure.
 *
 * Reads are repeated on 429, 5xx and connection errors. A write is repeated only when the server certainly did not carry
 * it out (connection refused, 401, 429) or when it is `again` (the same once or twice); otherwise it fails as uncertain,
 * and the noun that made it decides by reading back.
 */
import type { HttpAnswer, HttpRequest } from '../../lib/http.js';
import { apiRequest, troubleOf } from '../../lib/wire/api.js';
import { exchange, withRenewal } from '../../lib/wire/exchange.js';
import { type Pace, pause } from '../../lib/wire/pace.js';
import { isPassing, mayRepeat, persist, retryAfter } from '../../lib/wire/persist.js';
import type { Clock } from '../port.js';
import { answerFailure, isTokenRefused, jsonOf, warningsOf } from './answers.js';
import type { Authorization } from './credentials.js';
import { cfFailure, isUncertain } from './failures.js';
import { type Identity, identityOf } from './identity.js';
import type { Job, Page } from './objects.js';

const REQUEST_TIMEOUT_MS = 30_000;
/** The first attempt of a read; each later one gets as much more, since what was lost is not waited for and what is slow is. */
const READ_TIMEOUT_MS = 10_000;
const UPLOAD_TIMEOUT_MS = 15 * 60_000;
const LONGEST_PAUSE_MS = 8_000;
const LONGEST_RETRY_AFTER_MS = 300_000;
const JITTER = 0.25;
const PAGE_SIZE = 1_000;
/** Jobs and staging are looked at soon, and then ever less often. */
const FIRST_LOOK_MS = 50;
const LONGEST_LOOK_MS = 2_000;

export interface Question {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Behind the API's address, with the query; or another service's whole URL. */
  readonly path: string;
  /** An object is sent as JSON. */
  readonly body?: object | string | Buffer;
  readonly contentType?: string;
  /** Such as `read the app shop-blue`. */
  readonly what: string;
  /** The same once or twice: made again when its answer was lost. */
  readonly again?: boolean;
  /** Asked without credentials: whoever has none yet finds out here where they are given. */
  readonly isOpen?: boolean;
}

export interface ClientOptions {
  readonly api: string;
  readonly authorization: Authorization;
  readonly clock: Clock;
  readonly debug: (text: string) => void;
  readonly warning: (text: string) => void;
  readonly send: (request: HttpRequest) => Promise<HttpAnswer>;
  /** From 0 to 1, for jitter. */
  readonly random?: () => number;
}

export class Client {
  readonly clock: Clock;
  private readonly options: ClientOptions;
  private readonly pace: Pace;
  private readonly told = new Set<string>();

  constructor(options: ClientOptions) {
    this.options = options;
    this.pace = { longestMs: LONGEST_PAUSE_MS, jitter: JITTER, ...options };
    this.clock = options.clock;
  }

  debug(text: string): void {
    this.options.debug(text);
  }

  /** Whom the token names; undefined where it does not say. Throws what logging in throws. */
  async identity(signal: AbortSignal): Promise<Identity | undefined> {
    return identityOf(await this.options.authorization.header(signal));
  }

  /** What is there; undefined when it does not exist, or may not be seen. */
  async get<T>(path: string, what: string, signal: AbortSignal, isOpen = false): Promise<T | undefined> {
    const question: Question = { method: 'GET', path, what, isOpen };
    const answer = await this.answerTo(question, signal);
    if (answer.status === 404 && isApiError(answer)) return undefined;
    return this.jsonIn<T>(question, answer);
  }

  /** Everything of a list, page by page. An error is an error: only a whole answer without resources says that there are none. */
  async list<T>(path: string, what: string, signal: AbortSignal): Promise<readonly T[]> {
    const all: T[] = [];
    let next: string | undefined = `${path}${path.includes('?') ? '&' : '?'}per_page=${PAGE_SIZE}`;
    while (next !== undefined) {
      const question: Question = { method: 'GET', path: next, what };
      const page: Page<T> = this.jsonIn(question, await this.answerTo(question, signal));
      if (!Array.isArray(page.resources))
        throw cfFailure('NOT_JSON', { server: this.options.api, status: 200, beginning: 'no list' });
      all.push(...page.resources);
      next = page.pagination?.next ? ownPath(page.pagination.next.href) : undefined;
    }
    return all;
  }

  /** Makes a write and answers the JSON of its answer; undefined where that is empty. */
  async write<T>(question: Question, signal: AbortSignal): Promise<T | undefined> {
    const answer = await this.answerTo(question, signal);
    if (answer.status >= 200 && answer.status < 300 && answer.text.trim() === '') return undefined;
    return this.jsonIn<T>(question, answer);
  }

  /** Makes a write that becomes a job, and waits for its end. Throws JOB_FAILED. */
  async job(question: Question, signal: AbortSignal): Promise<void> {
    const answer = await this.answerTo(question, signal);
    if (answer.status < 200 || answer.status >= 300) throw answerFailure(this.options.api, question.what, answer);
    const { location } = answer.headers;
    if (location === undefined) return;
    const path = ownPath(location);
    await this.until(async () => {
      const job = await this.get<Job>(path, `see whether it is done: ${question.what}`, signal);
      if (job?.state === 'FAILED') {
        const words = (job.errors ?? []).map(({ detail }) => detail ?? '').join(' ');
        throw cfFailure('JOB_FAILED', { what: question.what, words });
      }
      // Jobs are forgotten after a while.
      return job === undefined || job.state === 'COMPLETE';
    }, signal);
  }

  /** Looks until it is so, or the signal aborts. */
  async until(isSo: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
    for (let pause = FIRST_LOOK_MS; !(await isSo()); pause = Math.min(pause * 1.5, LONGEST_LOOK_MS)) {
      await this.clock.sleep(pause, signal);
    }
  }

  /** Waits after attempt number `attempt` (from 1) of something that failed. */
  async pause(attempt: number, signal: AbortSignal): Promise<void> {
    await pause(this.pace, attempt, signal);
  }

  private jsonIn<T>({ what }: Question, answer: HttpAnswer): T {
    const { api } = this.options;
    if (answer.status < 200 || answer.status >= 300) throw answerFailure(api, what, answer);
    const value = jsonOf(answer.text);
    if (typeof value === 'object' && value !== null) return value as T;
    throw cfFailure('NOT_JSON', { server: api, status: answer.status, beginning: answer.text.slice(0, 200) });
  }

  /** Sends until the answer is not the one of a door that was shut, or the attempts are used up. */
  private answerTo(question: Question, signal: AbortSignal): Promise<HttpAnswer> {
    const repeatable = { isRead: question.method === 'GET', again: question.again };
    return persist(
      {
        pace: this.pace,
        mayRepeat: thrown => mayRepeat(thrown, repeatable, isUncertain),
        passesAfter: ({ status, headers }) =>
          isPassing(status, repeatable) ? retryAfter(headers, LONGEST_RETRY_AFTER_MS) : undefined,
      },
      attempt => this.admitted(question, timeoutOf(question, attempt), signal),
      signal,
    );
  }

  /** Once more with a fresh token, where the one that was sent is not taken any more. */
  private admitted(question: Question, timeoutMs: number, signal: AbortSignal): Promise<HttpAnswer> {
    const { authorization } = this.options;
    let sent: string | undefined;
    const send = async () => {
      sent = question.isOpen ? undefined : await authorization.header(signal);
      return this.once(question, sent, timeoutMs, signal);
    };
    const renew = () => sent !== undefined && authorization.renew(sent);
    return withRenewal(send, { isRefused: isTokenRefused, renew });
  }

  private async once(
    { method, path, body, contentType, what }: Question,
    authorization: string | undefined,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const { api, send } = this.options;
    const url = path.startsWith('/') ? `${api}${path}` : path;
    const headers = contentType === undefined ? {} : { 'Content-Type': contentType };
    const request = apiRequest({ method, url, headers, authorization, body, timeoutMs });
    const answer = await exchange(
      this.options,
      {
        name: `${method} ${path}`,
        isRead: method === 'GET',
        timeoutMs,
        send: own => send({ ...request, signal: own }),
        troubleOf,
        failure: (code, reason, cause) => cfFailure(code, { server: api, reason, what }, { cause }),
      },
      signal,
    );
    for (const warning of warningsOf(answer)) this.warn(warning);
    return answer;
  }

  /** The same is said once: it comes with every answer. */
  private warn(text: string): void {
    if (this.told.has(text)) return;
    this.told.add(text);
    this.options.warning(`Cloud Foundry warns: ${text}`);
  }
}

/** Of one attempt, in milliseconds. */
function timeoutOf({ method, body }: Question, attempt: number): number {
  if (method === 'GET') return Math.min(READ_TIMEOUT_MS * attempt, REQUEST_TIMEOUT_MS);
  return body instanceof Buffer ? UPLOAD_TIMEOUT_MS : REQUEST_TIMEOUT_MS;
}

/** The API's own 404 and not the one of a router in front of it. */
function isApiError({ text }: HttpAnswer): boolean {
  return Array.isArray((jsonOf(text) as { errors?: unknown } | undefined)?.errors);
}

/** Links lead to the API under the name that it knows; the token goes to the address that the user gave, and nowhere else. */
function ownPath(href: string): string {
  const { pathname, search } = new URL(href, 'http://link.invalid');
  return `${pathname}${search}`;
}
