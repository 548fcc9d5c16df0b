/**
 * The wire to the v3 API: JSON in and out, a deadline on every request, and every trouble as a Failure.
 *
 * Reads are repeated on 429, 5xx and connection errors. A write is repeated only when the server certainly did not carry
 * it out (connection refused, 401, 429) or when it is `again` (the same once or twice); otherwise it fails as uncertain,
 * and the noun that made it decides by reading back.
 */
import { Failure } from '../../failures.js';
import { type HttpAnswer, type HttpRequest, RequestFailed } from '../../lib/http.js';
import { withWriteGrace } from '../../lib/in-flight.js';
import type { Clock } from '../port.js';
import { answerFailure, isTokenRefused, jsonOf, retryAfter, warningsOf } from './answers.js';
import type { Authorization } from './credentials.js';
import { cfFailure, hasCode, isUncertain } from './failures.js';
import type { Job, Page } from './objects.js';

const REQUEST_TIMEOUT_MS = 30_000;
const UPLOAD_TIMEOUT_MS = 15 * 60_000;
const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 8_000;
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
  private readonly told = new Set<string>();

  constructor(options: ClientOptions) {
    this.options = options;
    this.clock = options.clock;
  }

  debug(text: string): void {
    this.options.debug(text);
  }

  /** What is there; undefined when it does not exist, or may not be seen. */
  async get<T>(path: string, what: string, signal: AbortSignal, isOpen = false): Promise<T | undefined> {
    const question: Question = { method: 'GET', path, what, isOpen };
    const answer = await this.persist(question, signal);
    if (answer.status === 404 && isApiError(answer)) return undefined;
    return this.jsonIn<T>(question, answer);
  }

  /** Everything of a list, page by page. An error is an error: only a whole answer without resources says that there are none. */
  async list<T>(path: string, what: string, signal: AbortSignal): Promise<readonly T[]> {
    const all: T[] = [];
    let next: string | undefined = `${path}${path.includes('?') ? '&' : '?'}per_page=${PAGE_SIZE}`;
    while (next !== undefined) {
      const question: Question = { method: 'GET', path: next, what };
      const page: Page<T> = this.jsonIn(question, await this.persist(question, signal));
      if (!Array.isArray(page.resources))
        throw cfFailure('NOT_JSON', { server: this.options.api, status: 200, beginning: 'no list' });
      all.push(...page.resources);
      next = page.pagination?.next ? ownPath(page.pagination.next.href) : undefined;
    }
    return all;
  }

  /** Makes a write and answers the JSON of its answer; undefined where that is empty. */
  async write<T>(question: Question, signal: AbortSignal): Promise<T | undefined> {
    const answer = await this.knock(question, signal);
    if (answer.status >= 200 && answer.status < 300 && answer.text.trim() === '') return undefined;
    return this.jsonIn<T>(question, answer);
  }

  /** Makes a write that becomes a job, and waits for its end. Throws JOB_FAILED. */
  async job(question: Question, signal: AbortSignal): Promise<void> {
    const answer = await this.knock(question, signal);
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

  /** Waits before attempt number `attempt` (from 1) of something that failed. */
  async pause(attempt: number, signal: AbortSignal, least = 0): Promise<void> {
    const { random = Math.random } = this.options;
    const growing = Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS);
    await this.clock.sleep(Math.max(least, growing * (0.75 + random() / 2)), signal);
  }

  private jsonIn<T>({ what }: Question, answer: HttpAnswer): T {
    const { api } = this.options;
    if (answer.status < 200 || answer.status >= 300) throw answerFailure(api, what, answer);
    const value = jsonOf(answer.text);
    if (typeof value === 'object' && value !== null) return value as T;
    throw cfFailure('NOT_JSON', { server: api, status: answer.status, beginning: answer.text.slice(0, 200) });
  }

  /** Sends a read until it is answered for good, or the attempts are used up. */
  private async persist(question: Question, signal: AbortSignal): Promise<HttpAnswer> {
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt >= ATTEMPTS;
      try {
        const answer = await this.admitted(question, signal);
        if (isLast || (answer.status !== 429 && answer.status < 500)) return answer;
        await this.pause(attempt, signal, retryAfter(answer));
      } catch (error) {
        if (isLast || !hasCode(error, 'UNREACHABLE')) throw error;
        await this.pause(attempt, signal);
      }
    }
  }

  /** Sends a write until it got an answer that is not the one of a door that was shut. */
  private async knock(question: Question, signal: AbortSignal): Promise<HttpAnswer> {
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt >= ATTEMPTS;
      try {
        const answer = await this.admitted(question, signal);
        const mayRepeat = answer.status === 429 || (question.again === true && answer.status >= 500);
        if (isLast || !mayRepeat) return answer;
        await this.pause(attempt, signal, retryAfter(answer));
      } catch (error) {
        const mayRepeat = hasCode(error, 'UNREACHABLE') || (question.again === true && isUncertain(error));
        if (isLast || !mayRepeat) throw error;
        await this.pause(attempt, signal);
      }
    }
  }

  /** Once more with a fresh token, where the one that was sent is not taken any more. */
  private async admitted(question: Question, signal: AbortSignal): Promise<HttpAnswer> {
    const answer = await this.once(question, signal);
    if (!isTokenRefused(answer) || !this.options.authorization.renew()) return answer;
    return this.once(question, signal);
  }

  private async once(question: Question, signal: AbortSignal): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const { api, authorization, send } = this.options;
    const { method, path, body, contentType = 'application/json', isOpen = false } = question;
    const isRead = method === 'GET';
    const header = isOpen ? undefined : await authorization.header(signal);
    const timeoutMs = body instanceof Buffer ? UPLOAD_TIMEOUT_MS : REQUEST_TIMEOUT_MS;
    const request: Omit<HttpRequest, 'signal'> = {
      method,
      url: path.startsWith('/') ? `${api}${path}` : path,
      headers: {
        Accept: 'application/json',
        ...(body === undefined ? {} : { 'Content-Type': contentType }),
        ...(header === undefined ? {} : { Authorization: header }),
      },
      body: typeof body === 'object' && !(body instanceof Buffer) ? JSON.stringify(body) : body,
      timeoutMs,
      maxBytes: 64 * 1024 * 1024,
    };
    const begun = this.clock.now();
    try {
      const sent = (own: AbortSignal) => send({ ...request, signal: own });
      const answer = await (isRead ? sent(signal) : withWriteGrace(signal, timeoutMs, sent));
      this.debug(`${method} ${path} -> ${answer.status}, ${this.clock.now() - begun} ms`);
      for (const warning of warningsOf(answer)) this.warn(warning);
      return answer;
    } catch (cause) {
      signal.throwIfAborted();
      throw this.trouble(cause, question.what, isRead);
    }
  }

  /** The same is said once: it comes with every answer. */
  private warn(text: string): void {
    if (this.told.has(text)) return;
    this.told.add(text);
    this.options.warning(`Cloud Foundry warns: ${text}`);
  }

  private trouble(cause: unknown, what: string, isRead: boolean): unknown {
    if (cause instanceof Failure) return cause;
    const { api: server } = this.options;
    const reason = (cause instanceof Error ? cause.message : String(cause)).replace(/\.$/, '');
    const kind = cause instanceof RequestFailed ? cause.kind : 'other';
    if (kind === 'tls') return cfFailure('TLS', { server, reason }, { cause });
    if (isRead || kind === 'refused' || kind === 'dns')
      return cfFailure('UNREACHABLE', { server, reason, what }, { cause });
    return cfFailure('ANSWER_LOST', { reason, what }, { cause });
  }
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
