import { json, type Reply } from '../../serving/reply.js';
import type { CloudFoundryContext } from '../context.js';
import type { Diego } from '../diego.js';
import { badQuery, unprocessable, unreadable } from '../errors.js';
import type { LogCache } from '../log-cache.js';
import type { Database, Job, Resource } from '../model.js';
import type { RouteEmitter } from '../route-emitter.js';

/** What the API's handlers work on. */
export interface Controller {
  readonly context: CloudFoundryContext;
  readonly database: Database;
  readonly diego: Diego;
  readonly emitter: RouteEmitter;
  readonly logs: LogCache;
}

/** One request that has been let in. */
export interface Exchange extends Controller {
  /** `http://host:port`, as it was asked for: links begin with it. */
  readonly base: string;
  readonly user: string;
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly text: string;
  /** The parts of the path that the route leaves open. */
  readonly parts: readonly string[];
}

export type Handler = (exchange: Exchange) => Reply | Promise<Reply>;

// biome-ignore lint/suspicious/noExplicitAny: bodies are read field by field, and what is missing is refused there
export type Body = any;

/** @throws CloudFoundryError for a body that is no JSON object */
export function bodyOf({ text }: Exchange): Body {
  try {
    const body = JSON.parse(text === '' ? '{}' : text);
    if (typeof body === 'object' && body !== null) return body;
  } catch {
    // told below, as what is not an object is
  }
  throw unreadable('invalid request body');
}

const COMMON = [
  'page',
  'per_page',
  'order_by',
  'created_ats',
  'updated_ats',
  'guids',
  'label_selector',
  'include',
  'embed',
];

/**
 * The resources that the query asks for, in pages. `filters` says how a parameter reads its field; values are lists with
 * commas. @throws CloudFoundryError for a parameter that nobody knows.
 */
export function listed<T extends Resource>(
  exchange: Exchange,
  all: Iterable<T>,
  filters: Readonly<Record<string, (resource: T) => string | readonly string[]>>,
  present: (resource: T) => object,
  included?: (resources: readonly T[]) => object,
): Reply {
  const known = [...Object.keys(filters), ...COMMON];
  for (const name of exchange.query.keys()) {
    if (known.includes(name)) continue;
    throw badQuery(`Unknown query parameter(s): '${name}'. Valid parameters are: '${known.join("', '")}'`);
  }
  const wanted = [...all].filter(resource => isWanted(exchange, resource, filters));
  const size = Math.min(exchange.context.mostPerPage, Number(exchange.query.get('per_page') ?? 50));
  const page = Number(exchange.query.get('page') ?? 1);
  const shown = wanted.slice((page - 1) * size, page * size);
  const pages = Math.max(1, Math.ceil(wanted.length / size));
  const resources = shown.map(present);
  const include = exchange.query.has('include') && included ? { included: included(shown) } : {};
  return json(200, { pagination: pagination(exchange, wanted.length, page, pages), resources, ...include });
}

function isWanted<T extends Resource>(
  { query }: Exchange,
  resource: T,
  filters: Readonly<Record<string, (resource: T) => string | readonly string[]>>,
): boolean {
  for (const [name, value] of query) {
    const read = name === 'guids' ? ({ guid }: T) => guid : filters[name];
    if (name === 'label_selector' && !isSelected(resource, value)) return false;
    if (!read) continue;
    const values = value.split(',').map(one => decodeURIComponent(one).toLowerCase());
    if (![read(resource)].flat().some(own => values.includes(own.toLowerCase()))) return false;
  }
  return true;
}

/** `a=b,c!=d,e,!f,g in (h,i)`: all of them. */
function isSelected({ labels }: Resource, selector: string): boolean {
  // A comma inside parentheses parts values, not requirements.
  return selector.split(/,(?![^(]*\))/).every(part => {
    const [, among, not, list] = /^\s*(\S+) (not)?in \(([^)]*)\)\s*$/.exec(part) ?? [];
    if (among !== undefined) return (list ?? '').split(',').includes(labels[among] ?? '') === (not === undefined);
    const [, name = '', operator, value] = /^!?([^=!]+)(!=|==?)?(.*)$/.exec(part) ?? [];
    if (operator === undefined) return part.startsWith('!') !== name in labels;
    return operator === '!=' ? labels[name] !== value : labels[name] === value;
  });
}

function pagination({ base, path, query }: Exchange, total: number, page: number, pages: number) {
  const link = (number: number) => {
    const asked = new URLSearchParams(query);
    asked.set('page', String(number));
    asked.set('per_page', query.get('per_page') ?? '50');
    return { href: `${base}${path}?${asked}` };
  };
  return {
    total_results: total,
    total_pages: pages,
    first: link(1),
    last: link(pages),
    next: page < pages ? link(page + 1) : null,
    previous: page > 1 ? link(page - 1) : null,
  };
}

const MOST_ANNOTATION = 5_000;
const MOST_LABEL = 63;

/** Takes over the metadata of a body: a value null removes its key. @throws CloudFoundryError for values that are too long. */
export function applyMetadata(resource: Resource, { metadata }: { metadata?: Body }): void {
  for (const kind of ['labels', 'annotations'] as const) {
    for (const [name, value] of Object.entries<string | null>(metadata?.[kind] ?? {})) {
      const most = kind === 'labels' ? MOST_LABEL : MOST_ANNOTATION;
      if (value !== null && value.length > most) {
        throw unprocessable(
          `Metadata ${kind.slice(0, -1)} value error: '${value.slice(0, 8)}...' is greater than ${most} characters`,
        );
      }
      if (value === null) delete resource[kind][name];
      else resource[kind] = { ...resource[kind], [name]: value };
    }
  }
}

/** The one that a part of the path names. @throws CloudFoundryError */
export function required<T>(table: ReadonlyMap<string, T>, guid: string | undefined, missing: () => Error): T {
  const found = table.get(guid ?? '');
  if (found === undefined) throw missing();
  return found;
}

/** Answers 202 with the URL of a job, and does the work when the job's time has come. */
export function startJob(exchange: Exchange, operation: string, work: () => void): Reply {
  const { context, database, base } = exchange;
  const job = database.add<Job>(database.jobs, { operation, state: 'PROCESSING', errors: [], warnings: [] });
  context.timers.after(context.timing.job, () => {
    try {
      work();
      job.state = 'COMPLETE';
    } catch (error) {
      job.state = 'FAILED';
      job.errors = [
        error instanceof Error && 'entry' in error
          ? (error.entry as object)
          : { code: 10001, title: 'UnknownError', detail: String(error) },
      ];
    }
    database.touch(job);
  });
  return { status: 202, headers: { location: `${base}/v3/jobs/${job.guid}` }, body: '' };
}
