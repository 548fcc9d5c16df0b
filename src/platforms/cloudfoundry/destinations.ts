/**
 * The destinations of a route, one app's at a time. What a status says is not believed, for the platform may fail after
 * it has written: what is read back counts.
 */
import { cfFailure, hasCode, isUncertain } from './failures.js';
import type { Foundation } from './foundation.js';
import type { App, Destination } from './objects.js';
import { type RouteDocument, readDestinations } from './routes.js';

const ATTEMPTS = 5;

/** How a destination is reached: as far as two apps of one route have it in common. */
export interface Shape {
  readonly process?: string;
  readonly port?: number;
  readonly protocol?: string;
}

/** The default port of an app; it is not named, so that each app gets the one that it listens on. */
const DEFAULT_PORT = 8080;

/** What a destination says beyond the defaults. */
export function shapeOf({ app, port, protocol }: Destination): Shape {
  const type = app.process?.type;
  return {
    ...(type === undefined || type === 'web' ? {} : { process: type }),
    ...(port === null || port === DEFAULT_PORT ? {} : { port }),
    ...(protocol === null || protocol === 'http1' ? {} : { protocol }),
  };
}

/** Whether an app has to be mapped this way before it starts, since a running one does not learn of it. */
export function needsStart({ port, protocol }: Shape): boolean {
  return port !== undefined || protocol !== undefined;
}

/** How the other apps of a route are reached, each way once; the usual way where there is none. */
export function shapesFor(destinations: readonly Destination[], app: App): readonly Shape[] {
  const shapes = destinations.filter(one => one.app.guid !== app.guid).map(shapeOf);
  const distinct = new Map(shapes.map(shape => [JSON.stringify(shape), shape]));
  return distinct.size === 0 ? [{}] : [...distinct.values()];
}

/** Adds an app to a route, reached as the others of it are. What is there is not added again. Throws ROUTE_UNWRITTEN. */
export async function insertDestinations(
  foundation: Foundation,
  { guid }: Pick<RouteDocument, 'guid'>,
  app: App,
  route: string,
  signal: AbortSignal,
  shapes?: readonly Shape[],
): Promise<void> {
  await persist(foundation, route, signal, async () => {
    const found = await readDestinations(foundation, guid, route, signal);
    const own = found.filter(one => one.app.guid === app.guid).map(shape => JSON.stringify(shapeOf(shape)));
    const missing = (shapes ?? shapesFor(found, app)).filter(shape => !own.includes(JSON.stringify(shape)));
    if (missing.length === 0) return undefined;
    const destinations = missing.map(({ process, ...rest }) => ({
      app: { guid: app.guid, ...(process === undefined ? {} : { process: { type: process } }) },
      ...rest,
    }));
    const what = `lead ${route} to ${app.name}`;
    return () =>
      foundation.client.write(
        { method: 'POST', path: `/v3/routes/${guid}/destinations`, body: { destinations }, what },
        signal,
      );
  });
}

/** Takes an app from a route, destination by destination. What is gone already is fine. Throws ROUTE_UNWRITTEN. */
export async function removeDestinations(
  foundation: Foundation,
  { guid }: Pick<RouteDocument, 'guid'>,
  app: App,
  route: string,
  signal: AbortSignal,
): Promise<void> {
  await persist(foundation, route, signal, async () => {
    const found = await readDestinations(foundation, guid, route, signal);
    const own = found.filter(one => one.app.guid === app.guid);
    if (own.length === 0) return undefined;
    return async () => {
      for (const one of own) {
        const path = `/v3/routes/${guid}/destinations/${one.guid}`;
        await foundation.client.write({ method: 'DELETE', path, what: `take ${app.name} from ${route}` }, signal);
      }
    };
  });
}

/** Writes what `next` asks for until it asks for nothing more. */
async function persist(
  { client }: Foundation,
  route: string,
  signal: AbortSignal,
  next: () => Promise<(() => Promise<unknown>) | undefined>,
): Promise<void> {
  let refusal: unknown;
  for (let attempt = 1; attempt <= ATTEMPTS + 1; attempt++) {
    const write = await next();
    if (!write) return;
    if (attempt > ATTEMPTS) break;
    if (attempt > 1) await client.pause(attempt - 1, signal);
    try {
      await write();
    } catch (error) {
      // A destination that is gone already is refused, and so is one that was there a moment ago.
      if (!isUncertain(error) && !hasCode(error, 'REJECTED', 'CONFLICT', 'GONE')) throw error;
      if (attempt > 1 && !isUncertain(error)) throw error;
      refusal = error;
    }
  }
  const reason = refusal instanceof Error ? refusal.message.replace(/\.$/, '') : 'it is read back as it was before';
  throw cfFailure('ROUTE_UNWRITTEN', { route, reason }, { cause: refusal });
}
