/** A collection that is listed once and then kept up to date by watches. */

import type { Client, List, Query } from './client.js';
import { hasCode, kubernetesFailure } from './failures.js';
import type { KubernetesObject } from './objects.js';
import type { Resource } from './resources.js';
import type { WatchEnd } from './server.js';
import { messageOf } from './transport.js';

/** Seconds after which the server ends a watch; it is opened again. So a dead connection is noticed. */
const WATCH_FOR_S = 25;
/** A watch that brought nothing and ended sooner than this counts as a trouble: reopening it would be a busy loop. */
const TOO_SHORT_MS = 1_000;
const TROUBLES_IN_A_ROW = 5;

export interface CollectionOptions<T> {
  readonly resource: Resource;
  readonly namespace: string;
  readonly query: Query;
  /** A list that was just made; it saves the first request. */
  readonly start?: List<T> | undefined;
  /** Told each change, and the trouble that ends the watching. */
  readonly changed: () => void;
  readonly signal: AbortSignal;
}

/** Objects by name. A close is followed by a new watch from where it ended, `410 Expired` by a new list. */
export class Collection<T extends KubernetesObject> implements AsyncDisposable {
  private readonly client: Client;
  private readonly options: CollectionOptions<T>;
  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;
  private objects = new Map<string, T>();
  private resourceVersion = '';
  private trouble: unknown;
  private running: Promise<void> = Promise.resolve();

  private constructor(client: Client, options: CollectionOptions<T>) {
    this.client = client;
    this.options = options;
    this.signal = AbortSignal.any([options.signal, this.stop.signal]);
  }

  /** Lists, then watches in the background until disposed. Throws what the list throws. */
  static async open<T extends KubernetesObject>(client: Client, options: CollectionOptions<T>): Promise<Collection<T>> {
    const collection = new Collection(client, options);
    await collection.list(options.start);
    collection.running = collection.follow();
    return collection;
  }

  /** What is there now. Throws the trouble that ended the watching, so that no wait goes on blindly. */
  items(): readonly T[] {
    if (this.trouble !== undefined) throw this.trouble;
    return [...this.objects.values()];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop.abort();
    await this.running;
  }

  private async follow(): Promise<void> {
    try {
      for (let troubles = 0; !this.signal.aborted; ) {
        const trouble = await this.watch();
        if (trouble === undefined) troubles = 0;
        else if (++troubles > TROUBLES_IN_A_ROW || hasCode(trouble, 'FORBIDDEN', 'NOT_FOUND')) throw trouble;
        else await this.client.pause(troubles, this.signal);
      }
    } catch (error) {
      if (this.stop.signal.aborted) return;
      this.trouble = error;
      this.options.changed();
    }
  }

  /** One watch, from where the last one ended. Answers with what was wrong with its end, if anything was. */
  private async watch(): Promise<unknown> {
    const { resource, namespace, query } = this.options;
    const fresh = { resourceVersion: this.resourceVersion, allowWatchBookmarks: 'true' };
    const watchQuery = { ...query, ...fresh, timeoutSeconds: String(WATCH_FOR_S) };
    let events = 0;
    let error: { readonly code?: number } | undefined;
    const openedAt = this.client.clock.now();
    const onEvent = (type: string, object: unknown) => {
      events++;
      if (type === 'ERROR') error = object as { code?: number };
      else this.take(type, object as T);
    };
    const end = await this.client.watch(resource, namespace, watchQuery, onEvent, this.signal);
    if (this.signal.aborted) return undefined;
    if (error?.code === 410 || end?.status === 410) {
      await this.list(undefined);
      this.options.changed();
      return undefined;
    }
    if (end !== undefined || error !== undefined) return this.explain(end, error);
    const tooShort = events === 0 && this.client.clock.now() - openedAt < TOO_SHORT_MS;
    return tooShort
      ? this.explain({ cause: new Error('it closes watches as soon as they are opened') }, error)
      : undefined;
  }

  private async list(start: List<T> | undefined): Promise<void> {
    const { resource, namespace, query } = this.options;
    const list = start ?? (await this.client.list<T>(resource, namespace, query, this.signal));
    this.objects = new Map((list?.items ?? []).map(object => [object.metadata.name, object]));
    this.resourceVersion = list?.resourceVersion ?? '';
  }

  private take(type: string, object: T): void {
    this.resourceVersion = object.metadata?.resourceVersion ?? this.resourceVersion;
    if (type === 'BOOKMARK') return;
    if (type === 'DELETED') this.objects.delete(object.metadata.name);
    else this.objects.set(object.metadata.name, object);
    this.options.changed();
  }

  private explain(end: WatchEnd, error: unknown): unknown {
    const { resource, namespace } = this.options;
    const subject = { verb: 'watch', group: resource.group, resource: resource.plural, namespace, name: undefined };
    const server = this.client.server.url;
    const cause = end?.cause ?? error;
    const words = messageOf(cause);
    const facts = { subject, status: end?.status ?? 500, words };
    if (end?.status === 401) {
      this.client.server.forgetCredentials();
      return kubernetesFailure('UNAUTHORIZED', { server, words }, { cause });
    }
    if (end?.status === 403) return kubernetesFailure('FORBIDDEN', facts, { cause });
    if (end?.status === 404) return kubernetesFailure('NOT_FOUND', facts, { cause });
    if (end?.status !== undefined || error !== undefined) return kubernetesFailure('SERVER_ERROR', facts, { cause });
    return kubernetesFailure('UNREACHABLE', { server, reason: words, subject }, { cause });
  }
}
