import type { ServerResponse } from 'node:http';
import type { Timers } from '../../serving/timers.js';
import { fromStored, storedResource } from '../conversions.js';
import type { KubernetesObject } from '../objects.js';
import { apiVersionOf } from '../resources.js';
import { badRequest, expired } from '../status.js';
import type { Change, Store } from '../store.js';
import type { Exchange, Form } from './exchange.js';
import { type Filter, filterOf, partial } from './read.js';
import { noCache } from './reply.js';
import { isTrue, type Target } from './routes.js';
import { tableOf } from './table.js';

interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  readonly object: unknown;
}

/** The longest watch, unless the request says otherwise; the real server picks between 30 and 60 minutes. */
const defaultTimeoutMs = 1_800_000;

/** Streams the changes of a collection: one JSON object per line, until the timeout or the client ends it. */
export class Watcher {
  readonly #store: Store;
  readonly #timers: Timers;
  readonly #bookmarkMs: number;

  constructor(store: Store, timers: Timers, bookmarkMs: number) {
    this.#store = store;
    this.#timers = timers;
    this.#bookmarkMs = bookmarkMs;
  }

  watch(target: Target, { query, response }: Exchange, form: Form, now: () => number): void {
    const filter = filterOf(target, query);
    const since = query.get('resourceVersion') ?? '';
    const initial = isTrue(query.get('sendInitialEvents') ?? 'false');
    if (initial && query.get('resourceVersionMatch') !== 'NotOlderThan') {
      throw badRequest(
        'resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan',
      );
    }
    response.writeHead(200, { ...noCache, 'content-type': 'application/json' });
    response.flushHeaders();
    const stream = new EventStream(response, form, now, object => fromStored(target.resource, object));
    if (since !== '' && since !== '0' && !initial && Number(since) < this.#store.oldestRevision) {
      const { status } = expired(`too old resource version: ${since} (${this.#store.oldestRevision})`);
      stream.end({ type: 'ERROR', object: status });
      return;
    }
    this.#replay(target, filter, stream, initial ? '' : since);
    const bookmarks = isTrue(query.get('allowWatchBookmarks') ?? 'false');
    if (initial && bookmarks) stream.send(this.#bookmark(target, { 'k8s.io/initial-events-end': 'true' }));
    this.#follow(
      target,
      filter,
      stream,
      bookmarks,
      Number(query.get('timeoutSeconds') ?? 0) * 1000 || defaultTimeoutMs,
    );
  }

  #replay({ resource, namespace }: Target, filter: Filter, stream: EventStream, since: string): void {
    if (since === '' || since === '0') {
      const all = this.#store.list(resource, namespace === '' ? undefined : namespace);
      for (const object of all.filter(filter)) stream.send({ type: 'ADDED', object });
    } else {
      for (const change of this.#store.changesSince(resource, Number(since))) stream.send(eventOf(change, filter));
    }
  }

  #follow(target: Target, filter: Filter, stream: EventStream, bookmarks: boolean, timeoutMs: number): void {
    const unsubscribe = this.#store.subscribe(change => {
      if (change.resource === storedResource(target.resource)) stream.send(eventOf(change, filter));
    });
    const cancelTimeout = this.#timers.after(
      timeoutMs,
      () => stream.end(bookmarks ? this.#bookmark(target) : undefined),
      false,
    );
    let cancelBookmark = () => {};
    const sendBookmarks = () => {
      stream.send(this.#bookmark(target));
      cancelBookmark = this.#timers.after(this.#bookmarkMs, sendBookmarks, false);
    };
    if (bookmarks) cancelBookmark = this.#timers.after(this.#bookmarkMs, sendBookmarks, false);
    stream.onClose(() => {
      unsubscribe();
      cancelTimeout();
      cancelBookmark();
    });
  }

  #bookmark({ resource }: Target, annotations?: Record<string, string>): WatchEvent {
    const metadata = {
      resourceVersion: String(this.#store.revision),
      creationTimestamp: null,
      ...(annotations === undefined ? {} : { annotations }),
    };
    return { type: 'BOOKMARK', object: { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata } };
  }
}

/** A change as a filtered watch sees it: what stops matching is deleted, what starts matching is added. */
function eventOf({ type, object, previous }: Change, filter: Filter): WatchEvent | undefined {
  const matches = filter(object);
  const matched = previous !== undefined && filter(previous);
  if (type === 'DELETED') return matched ? { type, object } : undefined;
  if (matches) return { type: matched ? 'MODIFIED' : 'ADDED', object };
  if (!matched) return undefined;
  const { resourceVersion = '' } = object.metadata;
  return { type: 'DELETED', object: { ...previous, metadata: { ...previous.metadata, resourceVersion } } };
}

class EventStream {
  readonly #response: ServerResponse;
  readonly #form: Form;
  readonly #now: () => number;
  readonly #convert: (object: KubernetesObject) => KubernetesObject;
  #first = true;

  constructor(
    response: ServerResponse,
    form: Form,
    now: () => number,
    convert: (object: KubernetesObject) => KubernetesObject,
  ) {
    this.#convert = convert;
    this.#response = response;
    this.#form = form;
    this.#now = now;
  }

  send(event: WatchEvent | undefined): void {
    if (event === undefined || this.#response.writableEnded || this.#response.destroyed) return;
    this.#response.write(`${JSON.stringify(this.#shape(event))}\n`);
  }

  end(event?: WatchEvent): void {
    this.send(event);
    this.#response.end();
  }

  onClose(action: () => void): void {
    this.#response.once('close', action);
  }

  #shape(event: WatchEvent): WatchEvent {
    if (event.type === 'ERROR') return event;
    if (this.#form.as === undefined) return { ...event, object: this.#convert(event.object as KubernetesObject) };
    if (this.#form.as === 'PartialObjectMetadata') {
      return { ...event, object: partial(event.object as KubernetesObject) };
    }
    const table = tableOf([event.object as KubernetesObject], {}, this.#now(), this.#first);
    this.#first = false;
    return { ...event, object: table };
  }
}
