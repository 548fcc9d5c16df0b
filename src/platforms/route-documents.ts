/**
 * What a platform keeps in a route's `document`. It crosses a border: written into the record as JSON, it comes back in
 * another run, from a store in which people can edit it, and then decides where live traffic goes. So it is checked.
 */
import { z } from 'zod';
import { failure } from '../failures.js';
import { plain } from '../lib/inert.js';
import type { Json, RouteState, Routing } from '../release/model.js';

/** Names of and values for labels, such as a selector. */
export const LABELS = z.record(z.string(), z.string());

/**
 * What has to be true of the slot right before traffic is moved to it.
 * `full`: `size` instances are ready. `restore`: as many as the slot is asked to have now, but at most `size`, and at
 * least one.
 */
export const DEMAND = z.enum(['full', 'restore']);
export type Demand = z.infer<typeof DEMAND>;

/** How many instances. */
export const SIZE = z.int().nonnegative();

/** Any object of JSON; `what` says what it should be. What the platform's server made of it is not looked at. */
export function objectLike<T extends object>(what: string, isOne: (value: Partial<T>) => boolean = () => true) {
  return z.custom<T>(
    value => typeof value === 'object' && value !== null && !Array.isArray(value) && isOne(value),
    `expected ${what}`,
  );
}

const SHOWN_PROBLEMS = 3;

/** The documents of one platform. Fields that the schema does not name are kept as they are. */
export class RouteDocuments<Document extends { readonly kind: string }> {
  private readonly schema: z.ZodType<Document>;
  /** Checked once, or made by this very run. */
  private readonly known = new WeakSet<object>();

  constructor(schema: z.ZodType<Document>) {
    this.schema = schema;
  }

  /** As `RouteState.document` holds it. */
  write(document: Document): Json {
    this.known.add(document);
    return document as unknown as Json; // of JSON alone, as the schema says, which interfaces cannot say
  }

  /** Throws ROUTE_UNREADABLE. */
  read({ route, document }: RouteState): Document {
    if (this.isKnown(document)) return document;
    const checked = this.schema.safeParse(document);
    if (!checked.success) throw failure('ROUTE_UNREADABLE', { route: plain(route, 200), problem: problemOf(checked) });
    const whole = document as unknown as Document; // and not what was parsed, so that it is checked once
    this.known.add(whole);
    return whole;
  }

  /** The same for a route that has to be of this kind. Throws ROUTE_UNREADABLE. */
  readKind<K extends Document['kind']>(state: RouteState, kind: K): Extract<Document, { readonly kind: K }> {
    const document = this.read(state);
    if (document.kind === kind) return document as Extract<Document, { readonly kind: K }>;
    throw failure('ROUTE_UNREADABLE', { route: plain(state.route, 200), problem: `kind is not ${kind}` });
  }

  /** Throws ROUTE_UNREADABLE for the first one that is wrong. */
  readAll({ routes }: Routing): readonly Document[] {
    return routes.map(state => this.read(state));
  }

  private isKnown(document: unknown): document is Document {
    return typeof document === 'object' && document !== null && this.known.has(document);
  }
}

function problemOf({ error }: z.ZodSafeParseError<unknown>): string {
  const problems = error.issues.slice(0, SHOWN_PROBLEMS).map(({ path, message }) => {
    const why = message.replace(/^Invalid (input|option)(: )?/, '') || 'expected one that is known';
    return `${path.join('.') || 'the whole'} is wrong (${why})`;
  });
  return plain(problems.join(', '), 500);
}
