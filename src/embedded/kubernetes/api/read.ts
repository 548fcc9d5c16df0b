import type { KubernetesObject } from '../objects.js';
import { apiVersionOf, type Resource } from '../resources.js';
import { parseFieldSelector, parseLabelSelector } from '../selectors.js';
import { badRequest, expired } from '../status.js';
import type { Store } from '../store.js';
import type { Target } from './routes.js';

/** Whether an object is among those that a list or a watch asked for. */
export type Filter = (object: KubernetesObject) => boolean;

export function filterOf({ resource, namespace, name }: Target, query: URLSearchParams): Filter {
  const labels = parseLabelSelector(query.get('labelSelector') ?? '');
  const fields = parseFieldSelector(resource.kind, query.get('fieldSelector') ?? '');
  return object =>
    (namespace === '' || object.metadata.namespace === namespace) &&
    (name === '' || object.metadata.name === name) &&
    labels(object.metadata.labels ?? {}) &&
    fields(object);
}

export interface Page {
  readonly items: readonly KubernetesObject[];
  readonly resourceVersion: string;
  /** The token of the next page. */
  readonly continue?: string;
  readonly remaining?: number;
}

interface Position {
  readonly revision: number;
  readonly start: number;
}

/** How many lists can be continued at a time. */
const snapshotsKept = 32;

const tooOld =
  'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.';

/** Lists objects, in pages where asked; all pages of a list show the same moment. */
export class Lister {
  readonly #store: Store;
  readonly #snapshots = new Map<string, readonly KubernetesObject[]>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** @throws ApiError 410 when the moment of a continued list is forgotten */
  list(target: Target, query: URLSearchParams): Page {
    const token = query.get('continue') ?? '';
    const limit = Number(query.get('limit') ?? 0);
    const position = token === '' ? { revision: this.#store.revision, start: 0 } : readToken(token);
    const items = token === '' ? this.#all(target, query) : this.#snapshot(target, query, position);
    const end = limit > 0 ? position.start + limit : items.length;
    const page = { items: items.slice(position.start, end), resourceVersion: String(position.revision) };
    if (end >= items.length) return page;
    this.#keep(snapshotKey(target, query, position.revision), items);
    const next = writeToken({ revision: position.revision, start: end });
    // The real server does not count what a selector would leave out.
    const selective = query.has('labelSelector') || query.has('fieldSelector');
    return { ...page, continue: next, ...(selective ? {} : { remaining: items.length - end }) };
  }

  #all(target: Target, query: URLSearchParams): readonly KubernetesObject[] {
    const namespace = target.namespace === '' ? undefined : target.namespace;
    return this.#store.list(target.resource, namespace).filter(filterOf(target, query));
  }

  #snapshot(target: Target, query: URLSearchParams, { revision }: Position): readonly KubernetesObject[] {
    const kept = this.#snapshots.get(snapshotKey(target, query, revision));
    if (kept === undefined || revision < this.#store.oldestRevision) throw expired(tooOld);
    return kept;
  }

  #keep(key: string, items: readonly KubernetesObject[]): void {
    this.#snapshots.set(key, items);
    const oldest = this.#snapshots.keys().next().value;
    if (this.#snapshots.size > snapshotsKept && oldest !== undefined) this.#snapshots.delete(oldest);
  }
}

function snapshotKey({ resource, namespace }: Target, query: URLSearchParams, revision: number): string {
  const selectors = [query.get('labelSelector') ?? '', query.get('fieldSelector') ?? ''];
  return JSON.stringify([resource.group, resource.plural, namespace, revision, ...selectors]);
}

function writeToken(position: Position): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: position.revision, start: position.start })).toString(
    'base64url',
  );
}

function readToken(token: string): Position {
  try {
    const { rv, start } = JSON.parse(Buffer.from(token, 'base64url').toString()) as { rv: number; start: number };
    if (Number.isInteger(rv) && Number.isInteger(start)) return { revision: rv, start };
  } catch {
    // An unreadable token is answered like any other wrong one, below.
  }
  throw badRequest('continue key is not valid: the token could not be read');
}

/** The body of a list. As in the real one, an item names neither its kind nor its version. */
export function listBody(resource: Resource, page: Page): Record<string, unknown> {
  return {
    kind: `${resource.kind}List`,
    apiVersion: apiVersionOf(resource),
    metadata: listMetadata(page),
    items: page.items.map(({ kind: _kind, apiVersion: _apiVersion, ...item }) => item),
  };
}

export function listMetadata({ resourceVersion, continue: next, remaining }: Page): Record<string, unknown> {
  return {
    resourceVersion,
    ...(next === undefined ? {} : { continue: next }),
    ...(remaining === undefined ? {} : { remainingItemCount: remaining }),
  };
}

/** The parts of an object that all kinds have. */
export function partial({ metadata }: KubernetesObject): Record<string, unknown> {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}
