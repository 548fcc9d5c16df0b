/** Routes as text and as data: `route/shop.example.com/path`, what the platform has of one, and what the record keeps. */
import { z } from 'zod';
import type { RouteState, Routing, Slot } from '../../release/model.js';
import { DEMAND, type Demand, RouteDocuments, SIZE } from '../route-documents.js';
import { cfFailure } from './failures.js';
import type { Foundation } from './foundation.js';
import type { Destination, Domain, Route } from './objects.js';
import { sharesText } from './shares.js';

/** A route as the configuration names it. */
export interface RouteName {
  readonly host: string;
  /** Begins with a slash; empty for a whole host. */
  readonly path: string;
}

/** What `RouteState.document` holds for a route. */
export interface RouteDocument {
  readonly kind: 'cf-route';
  readonly guid: string;
  readonly url: string;
  /** The slots that it leads to. */
  readonly slots: readonly Slot[];
  /** How many instances of each have to be ready; of a slot that traffic goes back to, as many as it is asked to have. */
  readonly size: number;
  readonly demand: Demand;
  /** Where shares are made by them: instances of each slot. */
  readonly sizes?: Readonly<Record<Slot, number>> | undefined;
  /** Percent that was asked for, where the sizes make it as nearly as they can. */
  readonly asked?: number | undefined;
  /** What the same switch makes of it later: a run before this one may have come further. */
  readonly later: readonly (readonly Slot[])[];
}

const SLOTS = z.array(z.string());

export const DOCUMENTS = new RouteDocuments<RouteDocument>(
  z.looseObject({
    kind: z.literal('cf-route'),
    guid: z.string(),
    url: z.string(),
    slots: SLOTS,
    size: SIZE,
    demand: DEMAND,
    sizes: z.record(z.string(), SIZE).optional(),
    asked: z.number().optional(),
    later: z.array(SLOTS),
  }),
);

const ROUTE = /^route\/([^/]+)(\/.+)?$/;

/** Undefined for a route of another kind. */
export function routeName(route: string): RouteName | undefined {
  const [, host, path = ''] = ROUTE.exec(route) ?? [];
  return host === undefined ? undefined : { host: host.toLowerCase(), path };
}

/** Throws CF_SETTINGS for a route that Cloud Foundry does not have. */
export function requireRouteName(route: string): RouteName {
  const name = routeName(route);
  if (name) return name;
  throw cfFailure('CF_SETTINGS', { reason: `the route ${route} is not of the form route/HOST.DOMAIN/PATH` });
}

export function routeState(route: string, document: RouteDocument): RouteState {
  const [only, ...others] = document.slots;
  const slot = others.length === 0 ? only : undefined;
  const text = document.sizes ? sharesText(document.sizes) : slotsText(document.slots);
  return { route, slot, text, document: DOCUMENTS.write(document) };
}

export function slotsText(slots: readonly Slot[]): string {
  return slots.length === 0 ? 'none of the slots' : slots.join(' + ');
}

/** Throws ROUTE_UNREADABLE. */
export function documentOf(state: RouteState): RouteDocument {
  return DOCUMENTS.read(state);
}

export function sameSlots(one: readonly Slot[], other: readonly Slot[]): boolean {
  return one.toSorted().join() === other.toSorted().join();
}

/** A run before this one came further on the same way. */
export function isFurther(found: readonly Slot[], { later }: RouteDocument): boolean {
  return later.some(slots => sameSlots(slots, found));
}

/** A route that exists, with its domain. */
export interface FoundRoute {
  readonly name: RouteName;
  readonly domain: Domain;
  readonly route: Route;
}

/** Reads a route as it is now. Throws ROUTE_NOT_FOUND. */
export async function findRoute(foundation: Foundation, wanted: string, signal: AbortSignal): Promise<FoundRoute> {
  const name = requireRouteName(wanted);
  const missing = () => cfFailure('ROUTE_NOT_FOUND', { route: wanted, space: foundation.place.space });
  const domain = await foundation.domainOf(name.host, signal);
  if (!domain) throw missing();
  const host = name.host === domain.name ? '' : name.host.slice(0, -domain.name.length - 1);
  const space = await foundation.space(signal);
  const query = `space_guids=${space}&domain_guids=${domain.guid}&hosts=${encodeURIComponent(host)}`;
  const found = await foundation.client.list<Route>(`/v3/routes?${query}`, `find ${wanted}`, signal);
  // A TCP route has a port in place of a host; it is found so that preflight can say why it is refused.
  const isTcp = Boolean(domain.router_group);
  const route = found.find(one => one.path === name.path && (one.port === null || isTcp));
  if (!route) throw missing();
  return { name, domain, route };
}

export async function readDestinations(
  { client }: Foundation,
  guid: string,
  what: string,
  signal: AbortSignal,
): Promise<readonly Destination[]> {
  const found = await client.get<{ destinations?: readonly Destination[] }>(
    `/v3/routes/${guid}/destinations`,
    `read the destinations of ${what}`,
    signal,
  );
  if (!found?.destinations) throw cfFailure('GONE', { what: `read the destinations of ${what}`, words: '' });
  return found.destinations;
}

/**
 * What a person types to put the routes back by hand, in the order that loses no request. Undefined when there is nothing
 * to go back to. `domains` are by URL, and `nameOf` says what the app of a slot is called.
 */
export function restoreCommand(
  routing: Routing,
  domains: ReadonlyMap<string, string>,
  nameOf: (slot: Slot) => string,
  other: Slot,
): string | undefined {
  const places = routing.routes.flatMap(state => {
    const { url, slots } = documentOf(state);
    const [slot, ...more] = slots;
    const where = whereText(url, domains.get(url) ?? '');
    return slot === undefined || more.length > 0 ? [] : [{ slot, where }];
  });
  if (places.length === 0 || places.length < routing.routes.length) return undefined;
  const maps = places.map(({ slot, where }) => `cf map-route ${nameOf(slot)} ${where}`);
  const unmaps = places.map(({ where }) => `cf unmap-route ${nameOf(other)} ${where}`);
  // The routers follow late: what is taken away at once is missed.
  return [...maps, 'sleep 60', ...unmaps].join(' && ');
}

/** Such as `example.com --hostname shop --path cart`. */
function whereText(url: string, domain: string): string {
  const [host = '', ...path] = url.split('/');
  const hostname = host === domain ? '' : ` --hostname ${host.slice(0, -domain.length - 1)}`;
  return `${domain}${hostname}${path.length > 0 ? ` --path ${path.join('/')}` : ''}`;
}
