import { randomUUID } from 'node:crypto';
import { json, type Reply } from '../../serving/reply.js';
import { notFound, unknownRequest, unprocessable } from '../errors.js';
import type { Destination, Route } from '../model.js';
import {
  applyMetadata,
  type Body,
  bodyOf,
  type Exchange,
  type Handler,
  listed,
  required,
  startJob,
} from './exchange.js';
import { presenter } from './places.js';
import { requireRouteWithinQuotas } from './quotas.js';

const MOST_DESTINATIONS = 100;

/** Routes, and the destinations that decide which app answers them. */
export const routes: Readonly<Record<string, Handler>> = {
  'GET /v3/routes': exchange =>
    listed(
      exchange,
      exchange.database.routes.values(),
      {
        app_guids: ({ destinations }) => destinations.map(({ app }) => app),
        domain_guids: ({ domain }) => domain,
        space_guids: ({ space }) => space,
        organization_guids: ({ space }) => exchange.database.spaces.get(space)?.organization ?? '',
        hosts: ({ host }) => host,
        paths: ({ path }) => path,
        ports: ({ port }) => String(port ?? ''),
      },
      presenter(exchange).route,
      found => ({
        domains: [...new Set(found.map(({ domain }) => domain))].flatMap(guid => {
          const domain = exchange.database.domains.get(guid);
          return domain ? [presenter(exchange).domain(domain)] : [];
        }),
      }),
    ),
  'POST /v3/routes': create,
  'GET /v3/routes/*': exchange => json(200, presenter(exchange).route(routeOf(exchange))),
  'PATCH /v3/routes/*': exchange => {
    const route = routeOf(exchange);
    applyMetadata(route, bodyOf(exchange));
    return json(200, presenter(exchange).route(route));
  },
  'DELETE /v3/routes/*': exchange => {
    const { guid } = routeOf(exchange);
    return startJob(exchange, 'route.delete', () => {
      exchange.database.routes.delete(guid);
      exchange.emitter.update();
    });
  },
  'GET /v3/routes/*/destinations': exchange => {
    const route = routeOf(exchange);
    const apps = exchange.query.get('app_guids')?.split(',');
    const wanted = route.destinations.filter(({ app }) => apps === undefined || apps.includes(app));
    return json(200, presenter(exchange).destinations(route, wanted));
  },
  'POST /v3/routes/*/destinations': insert,
  'PATCH /v3/routes/*/destinations': replace,
  'DELETE /v3/routes/*/destinations/*': remove,
};

/** What routes reads of one that is asked for to be made. Repeating it is refused, not answered with the first. */
function create(exchange: Exchange): Reply {
  const { database } = exchange;
  const body = bodyOf(exchange);
  const space = body.relationships?.space?.data?.guid;
  const domain = required(database.domains, body.relationships?.domain?.data?.guid, () =>
    unprocessable('Invalid domain. Ensure that the domain exists and you have access to it.'),
  );
  required(database.spaces, space, () =>
    unprocessable('Invalid space. Ensure that the space exists and you have access to it.'),
  );
  const { host = '', path = '' } = body;
  const isTaken = [...database.routes.values()].some(
    route => route.domain === domain.guid && route.host === host && route.path === path,
  );
  const withPath = path ? ` and path '${path}'` : '';
  if (isTaken) throw unprocessable(`Route already exists with host '${host}'${withPath} for domain '${domain.name}'.`);
  requireRouteWithinQuotas(database, space);
  const route = database.add<Route>(database.routes, {
    space,
    domain: domain.guid,
    host,
    path,
    port: null,
    protocol: 'http',
    options: body.options ?? {},
    destinations: [],
  });
  applyMetadata(route, body);
  return json(201, presenter(exchange).route(route));
}

/** Adds what is not there; what is there already is left as it is, so that a repetition does no harm. */
function insert(exchange: Exchange): Reply {
  const route = routeOf(exchange);
  const given = destinationsOf(exchange, route);
  const missing = given.filter(destination => !route.destinations.some(known => isSame(exchange, known, destination)));
  if (route.destinations.length + missing.length > MOST_DESTINATIONS) {
    throw unprocessable(`Routes can be mapped to at most ${MOST_DESTINATIONS} destinations.`);
  }
  return write(exchange, route, [...route.destinations, ...missing]);
}

/** In the database it is one step; on the routers it is not. Korifi has no such request. */
function replace(exchange: Exchange): Reply {
  if (exchange.context.isKorifi) throw unknownRequest();
  const route = routeOf(exchange);
  const given = destinationsOf(exchange, route);
  const kept = given.map(
    destination => route.destinations.find(known => isSame(exchange, known, destination)) ?? destination,
  );
  return write(exchange, route, kept);
}

function remove(exchange: Exchange): Reply {
  const route = routeOf(exchange);
  const guid = exchange.parts[1];
  if (!route.destinations.some(known => known.guid === guid)) {
    throw unprocessable('Unable to unmap route from destination. Ensure the route has a destination with this guid.');
  }
  write(
    exchange,
    route,
    route.destinations.filter(known => known.guid !== guid),
  );
  return { status: 204, headers: {}, body: '' };
}

/** The database has it at once; the routers hear of it later. */
function write(exchange: Exchange, route: Route, destinations: readonly Destination[]): Reply {
  route.destinations = destinations.toSorted((a, b) => a.guid.localeCompare(b.guid));
  exchange.database.touch(route);
  exchange.emitter.update();
  return json(200, presenter(exchange).destinations(route));
}

function destinationsOf(exchange: Exchange, route: Route): readonly Destination[] {
  const { context, database } = exchange;
  const given: readonly Body[] = bodyOf(exchange).destinations ?? [];
  if (given.length === 0 && exchange.method === 'POST') throw unprocessable('Destinations must have at least 1 item');
  const unknown = given.map(({ app }) => app?.guid).filter(guid => !database.apps.has(guid));
  if (unknown.length > 0) {
    throw unprocessable(`App(s) with guid(s) "${unknown.join('", "')}" do not exist or you do not have access.`);
  }
  const elsewhere = given.filter(({ app }) => database.apps.get(app.guid)?.space !== route.space);
  if (elsewhere.length > 0) {
    throw unprocessable("Routes destinations must be in either the route's space or the route's shared spaces");
  }
  return given.map(({ app, port, protocol }) => ({
    guid: randomUUID(),
    app: app.guid,
    process: app.process?.type ?? 'web',
    port: port ?? 8080,
    protocol: protocol ?? 'http1',
    createdAt: context.now(),
  }));
}

function isSame({ context }: Exchange, known: Destination, given: Destination): boolean {
  // Korifi compares a port that was not said with the one that is in effect, and finds no destination like it.
  if (context.isKorifi && given.port === 8080) return false;
  return known.app === given.app && known.process === given.process && known.port === given.port;
}

export function routeOf({ database, parts }: Exchange): Route {
  return required(database.routes, parts[0], () => notFound('Route'));
}
