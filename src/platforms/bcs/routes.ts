/** What `RouteState.document` holds for a service. */
import type { Json, RouteState, Slot } from '../../release/model.js';
import { type Labels, selectorText } from './objects.js';

export interface ServiceDocument {
  readonly kind: 'bcs-service';
  readonly namespace: string;
  readonly service: string;
  readonly selector: Labels;
  /** The slots that have to be ready for it, and are all that it may select. */
  readonly slots: readonly Slot[];
  /** How many instances of each have to be ready; of a slot that traffic goes back to, as many as it is asked to have. */
  readonly size: number;
  readonly demand: 'full' | 'restore';
}

const SERVICE = /^service\/([-a-z0-9.]+)$/;

/** Undefined for a route of another kind. */
export function serviceOf(route: string): string | undefined {
  return SERVICE.exec(route)?.[1];
}

export function routeState(route: string, document: ServiceDocument): RouteState {
  const [only, ...others] = document.slots;
  const slot = others.length === 0 ? only : undefined;
  return { route, slot, text: selectorText(document.selector), document: document as unknown as Json };
}

export function documentOf(state: RouteState): ServiceDocument {
  return state.document as unknown as ServiceDocument;
}
