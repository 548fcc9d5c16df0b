/** Routes by marathon-lb: `marathon-lb/shop/10900`, and what the plan and the record keep of one. */
import { z } from 'zod';
import type { RouteState, Slot } from '../../../release/model.js';
import { RouteDocuments, SIZE } from '../../route-documents.js';

/** A port of the load balancers, and the group of apps that is served there. */
export interface ObservedPort {
  readonly group: string;
  readonly port: number;
}

/** What `RouteState.document` holds for a port of marathon-lb. */
export interface PortDocument extends ObservedPort {
  readonly kind: 'marathon-lb';
  /** The slot that alone gets the traffic; null when none of the declared ones does. */
  readonly slot: Slot | null;
  readonly size: number;
}

export const DOCUMENTS = new RouteDocuments<PortDocument>(
  z.looseObject({
    kind: z.literal('marathon-lb'),
    group: z.string(),
    port: z.int(),
    slot: z.string().nullable(),
    size: SIZE,
  }),
);

const ROUTE = /^marathon-lb\/(.+)\/(\d{1,5})$/;

/** Undefined for a route of another kind. */
export function portRoute(route: string): ObservedPort | undefined {
  const [, group = '', port = ''] = ROUTE.exec(route) ?? [];
  return port === '' ? undefined : { group: group.replace(/^\//, ''), port: Number(port) };
}

/** The backend in HAProxy's statistics. */
export function backendName({ group, port }: ObservedPort): string {
  return `${group.replaceAll('/', '_')}_${port}`;
}

export function portState(route: string, document: PortDocument): RouteState {
  return {
    route,
    slot: document.slot ?? undefined,
    text: document.slot ?? 'nothing',
    document: DOCUMENTS.write(document),
  };
}

/** Throws ROUTE_UNREADABLE. */
export function portDocument(state: RouteState): PortDocument {
  return DOCUMENTS.read(state);
}
