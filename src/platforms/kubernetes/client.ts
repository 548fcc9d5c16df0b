/**
 * A small generic client: raw JSON in and out, a deadline on every request, and every trouble as a Failure.
 *
 * Reads are repeated on 429, 5xx and connection errors, with back-off, jitter and Retry-After. A write is repeated only
 * when the server certainly did not carry it out (connection refused, 401, 429); otherwise it fails as uncertain
 * (`isUncertain`), and the noun that made it decides by reading back.
 */
import { exchange, withRenewal } from '../../lib/wire/exchange.js';
import { type Pace, pause } from '../../lib/wire/pace.js';
import { isPassing, mayRepeat, persist, type Repeatable, retryAfter } from '../../lib/wire/persist.js';
import type { Clock } from '../port.js';
import { answerFailure, parseAnswer } from './answers.js';
import { hasCode, isUncertain, kubernetesFailure, type Subject } from './failures.js';
import type { KubernetesObject } from './objects.js';
import { type Place, pathOf, subjectOf } from './place.js';
import { type Resource, resourcePath } from './resources.js';
import type { Answer, Question, Server, WatchEnd } from './server.js';
import { transportTrouble } from './transport.js';
import { Turnstile } from './turnstile.js';

/** The name under which server-side apply knows this tool. */
export const FIELD_MANAGER = 'cutover';
const REQUEST_TIMEOUT_MS = 30_000;
/** Requests under way at a time, watches aside: a release of many targets must not flood the server. */
const AT_ONCE = 16;
const LONGEST_PAUSE_MS = 10_000;
const LONGEST_RETRY_AFTER_MS = 60_000;
const JITTER = 0.5;

export type Query = Readonly<Record<string, string>>;
export interface List<T> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
}

const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

export interface ClientOptions {
  readonly server: Server;
  readonly clock: Clock;
  readonly debug: (text: string) => void;
  /** From 0 to 1, for jitter. */
  readonly random?: () => number;
  readonly requestTimeoutMs?: number;
}

export class Client {
  readonly server: Server;
  readonly clock: Clock;
  readonly debug: (text: string) => void;
  private readonly pace: Pace;
  private readonly timeout: number;
  private readonly turnstile = new Turnstile(AT_ONCE);

  constructor(options: ClientOptions) {
    this.server = options.server;
    this.clock = options.clock;
    this.debug = options.debug;
    this.pace = { longestMs: LONGEST_PAUSE_MS, jitter: JITTER, ...options };
    this.timeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  }

  /** One object, or undefined when it (or its kind) does not exist. */
  async get<T extends KubernetesObject>(
    resource: Resource,
    namespace: string | undefined,
    name: string,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    return (await this.read({ resource, namespace, name }, 'get', {}, signal)) as T | undefined;
  }

  /** A whole collection, or undefined when the server does not have its kind. */
  async list<T extends KubernetesObject>(
    resource: Resource,
    namespace: string | undefined,
    query: Query,
    signal: AbortSignal,
  ): Promise<List<T> | undefined> {
    const answer = await this.read({ resource, namespace }, 'list', query, signal);
    if (!answer) return undefined;
    const { items = [], metadata } = answer as { items?: T[]; metadata?: { resourceVersion?: string } };
    return { items, resourceVersion: metadata?.resourceVersion ?? '' };
  }

  /** Something that is read as JSON and is not an object in a collection, such as discovery. Undefined when not there. */
  async getPath(path: string, subject: Subject, signal: AbortSignal): Promise<unknown> {
    return parseAnswer(this.server.url, subject, await this.answerTo({ method: 'GET', path }, subject, signal));
  }

  /** Text, such as a log. Undefined when it is not to be had. */
  async text(path: string, subject: Subject, signal: AbortSignal): Promise<string | undefined> {
    const answer = await this.answerTo({ method: 'GET', path }, subject, signal);
    return answer.status === 200 ? answer.text : undefined;
  }

  async create<T extends KubernetesObject>(
    resource: Resource,
    object: KubernetesObject,
    signal: AbortSignal,
  ): Promise<T> {
    const place = { resource, namespace: object.metadata.namespace };
    const query = { fieldManager: FIELD_MANAGER };
    return this.write<T>(place, 'create', 'POST', query, 'application/json', object, signal);
  }

  /**
   * Server-side apply with force: what the object says becomes so, and stays so however often it is said. Answers whether
   * it was made, as far as the last answer tells.
   */
  async apply(resource: Resource, object: KubernetesObject, signal: AbortSignal): Promise<{ readonly isNew: boolean }> {
    const { name, namespace } = object.metadata;
    const query = { fieldManager: FIELD_MANAGER, force: 'true' };
    const { status } = await this.twiceIfLost(() =>
      this.sent({ resource, namespace, name }, 'patch', 'PATCH', query, PATCH_TYPES.apply, object, signal),
    );
    return { isNew: status === 201 };
  }

  /** Sets the wanted number of pods of a workload; with a `resourceVersion` only if the workload still has it. */
  async scale(
    resource: Resource,
    namespace: string,
    name: string,
    size: number,
    signal: AbortSignal,
    resourceVersion?: string,
  ): Promise<void> {
    const place = { resource, namespace, name, subresource: 'scale' };
    const condition = resourceVersion === undefined ? {} : { metadata: { resourceVersion } };
    await this.twiceIfLost(() => this.patch(place, 'merge', { ...condition, spec: { replicas: size } }, signal));
  }

  async patch<T extends KubernetesObject>(
    place: Place,
    type: 'json' | 'merge',
    body: unknown,
    signal: AbortSignal,
  ): Promise<T> {
    return this.write<T>(place, 'patch', 'PATCH', { fieldManager: FIELD_MANAGER }, PATCH_TYPES[type], body, signal);
  }

  /** Replaces an object, only if it still has the resourceVersion that `object` carries. */
  async replace<T extends KubernetesObject>(
    resource: Resource,
    object: KubernetesObject,
    signal: AbortSignal,
  ): Promise<T> {
    const { name, namespace } = object.metadata;
    const query = { fieldManager: FIELD_MANAGER };
    return this.write<T>({ resource, namespace, name }, 'update', 'PUT', query, 'application/json', object, signal);
  }

  /**
   * Deletes the object that has this uid (and this resourceVersion, if one is given). Answers with what the server said: the object when
   * it waits for its dependents, a Status when it is gone; undefined when it was gone before.
   */
  async remove(
    resource: Resource,
    object: KubernetesObject,
    propagationPolicy: 'Foreground' | 'Background',
    signal: AbortSignal,
    preconditions: { readonly uid?: string; readonly resourceVersion?: string } = uidOf(object),
  ): Promise<KubernetesObject | undefined> {
    const { name, namespace } = object.metadata;
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy, preconditions };
    try {
      return await this.twiceIfLost<KubernetesObject>(() =>
        this.write({ resource, namespace, name }, 'delete', 'DELETE', {}, 'application/json', body, signal),
      );
    } catch (error) {
      if (hasCode(error, 'NOT_FOUND')) return undefined;
      throw error;
    }
  }

  /** Watches a collection once, from a resourceVersion on, until something ends it. */
  async watch(
    resource: Resource,
    namespace: string | undefined,
    query: Query,
    onEvent: (type: string, object: unknown) => void,
    signal: AbortSignal,
  ): Promise<WatchEnd> {
    const path = resourcePath(resource, namespace);
    this.debug(`GET ${path}?watch from ${query.resourceVersion ?? 'now'}`);
    return this.server.watch(path, query, onEvent, signal);
  }

  /** Waits after attempt number `attempt` (from 1) of something that failed. */
  async pause(attempt: number, signal: AbortSignal): Promise<void> {
    await pause(this.pace, attempt, signal);
  }

  /**
   * For writes that end in the same state when they are made twice, whether or not the first arrived: an apply of the
   * same document, a size, a deletion of one uid. All others are decided by reading back.
   */
  private async twiceIfLost<T>(write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } catch (error) {
      if (!hasCode(error, 'ANSWER_LOST', 'TRUNCATED')) throw error;
      this.debug(`${error.message} It is made again, which changes nothing if it arrived.`);
      return await write();
    }
  }

  private async read(place: Place, verb: string, query: Query, signal: AbortSignal): Promise<unknown> {
    return this.getPath(pathOf(place, query), subjectOf(place, verb), signal);
  }

  /** Sends until the answer is not the one of a door that was shut, or the attempts are used up. */
  private answerTo(question: Question, subject: Subject, signal: AbortSignal): Promise<Answer> {
    const repeatable: Repeatable = { isRead: question.method === 'GET' };
    return persist(
      {
        pace: this.pace,
        mayRepeat: thrown => mayRepeat(thrown, repeatable, isUncertain),
        passesAfter: ({ status, headers }) =>
          isPassing(status, repeatable) ? retryAfter(headers, LONGEST_RETRY_AFTER_MS) : undefined,
      },
      () => this.once(question, subject, signal),
      signal,
    );
  }

  private async write<T>(...request: Parameters<Client['sent']>): Promise<T> {
    return (await this.sent(...request)).object as T;
  }

  private async sent(
    place: Place,
    verb: string,
    method: Question['method'],
    query: Query,
    contentType: string,
    body: unknown,
    signal: AbortSignal,
  ): Promise<{ readonly object: unknown; readonly status: number }> {
    const subject = subjectOf(place, verb);
    const headers = { 'Content-Type': contentType };
    const question = { method, path: pathOf(place, query), headers, body: JSON.stringify(body) };
    const answer = await this.answerTo(question, subject, signal);
    const parsed = parseAnswer(this.server.url, subject, answer);
    if (parsed === undefined) throw answerFailure(this.server.url, subject, answer);
    return { object: parsed, status: answer.status };
  }

  /** One exchange; a second one when the credentials turn out to have expired in between. */
  private once(question: Question, subject: Subject, signal: AbortSignal): Promise<Answer> {
    const renew = () => {
      this.server.forgetCredentials();
      return true;
    };
    const send = () => this.turnstile.pass(signal, () => this.exchange(question, subject, signal));
    return withRenewal(send, { isRefused: ({ status }) => status === 401, renew });
  }

  private exchange(question: Question, subject: Subject, signal: AbortSignal): Promise<Answer> {
    const { method, path } = question;
    const headers = { Accept: 'application/json', 'User-Agent': 'cutover', ...question.headers };
    const server = this.server.url;
    return exchange(
      this,
      {
        name: `${method} ${path}`,
        isRead: method === 'GET',
        timeoutMs: this.timeout,
        send: own =>
          this.server.send({ ...question, headers }, AbortSignal.any([own, AbortSignal.timeout(this.timeout)])),
        troubleOf: transportTrouble,
        failure: (code, reason, cause) => kubernetesFailure(code, { server, reason, subject }, { cause }),
      },
      signal,
    );
  }
}

function uidOf(object: KubernetesObject): { readonly uid?: string } {
  return object.metadata.uid === undefined ? {} : { uid: object.metadata.uid };
}
