/** Routes as text and as data: `pool/sample-config/svc`, and what the plan and the record keep of one. */
import { z } from 'zod';
import type { RouteState, Routing, Slot } from '../../release/model.js';
import { DEMAND, type Demand, objectLike, RouteDocuments, SIZE } from '../route-documents.js';
import type { Pool, PoolService } from './objects.js';
import { describeServices, type Services } from './pools.js';

/** A backend of a pool. */
export interface PoolRoute {
  readonly pool: string;
  readonly backend: string;
}

/** What `RouteState.document` holds for a backend of a pool. */
export interface PoolDocument extends PoolRoute {
  readonly kind: 'pool';
  readonly services: Services;
  /** The slot that has to be ready for it; null when no declared slot is routed to. */
  readonly slot: Slot | null;
  readonly size: number;
  readonly demand: Demand;
  /** Everything that the switch writes, in order, and the place of this one in it: a run may have stopped at any. */
  readonly way?: readonly Services[];
  readonly at?: number;
  /** Blue and green, where instances are exchanged: a run may have stopped at any mixture of them. */
  readonly exchange?: readonly Slot[];
  /** The pool as it was fetched: what a person puts back. */
  readonly whole?: Pool;
}

const SERVICES = z.array(objectLike<PoolService>('a service of a backend'));

export const DOCUMENTS = new RouteDocuments<PoolDocument>(
  z.looseObject({
    kind: z.literal('pool'),
    pool: z.string(),
    backend: z.string(),
    services: SERVICES,
    slot: z.string().nullable(),
    size: SIZE,
    demand: DEMAND,
    way: z.array(SERVICES).exactOptional(),
    at: z.int().nonnegative().exactOptional(),
    exchange: z.array(z.string()).exactOptional(),
    whole: objectLike<Pool>(
      'a pool',
      ({ name, haproxy }) => typeof name === 'string' && Boolean(haproxy),
    ).exactOptional(),
  }),
);

const POOL = /^pool\/([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)\/([^/]+)$/;

/** Undefined for a route of another kind. */
export function poolRoute(route: string): PoolRoute | undefined {
  const [, pool, backend] = POOL.exec(route) ?? [];
  return pool && backend ? { pool, backend } : undefined;
}

export function routeState(route: string, document: PoolDocument): RouteState {
  return {
    route,
    slot: document.slot ?? undefined,
    text: describeServices(document.services),
    document: DOCUMENTS.write(document),
  };
}

/** Throws ROUTE_UNREADABLE. */
export function documentOf(state: RouteState): PoolDocument {
  return DOCUMENTS.read(state);
}

/** What a person does to put the pools back by hand. Undefined when there is nothing to put back. */
export function restoreCommand(routing: Routing): string | undefined {
  const commands = routing.routes.map(state => {
    const { pool, backend, services } = documentOf(state);
    if (services.length === 0) return undefined;
    const value = JSON.stringify(services);
    const change = `(.haproxy.backends[] | select(.name == "${backend}") | .services) |= $services`;
    return `dcos edgelb show ${pool} --json | jq --argjson services '${value}' '${change}' > ${pool}.json && dcos edgelb update ${pool}.json`;
  });
  return commands.length && commands.every(command => command !== undefined) ? commands.join(' && ') : undefined;
}
