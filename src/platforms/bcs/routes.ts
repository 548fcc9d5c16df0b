/** What `RouteState.document` holds for a service. */
import { z } from 'zod';
import type { RouteState, Slot } from '../../release/model.js';
import { DEMAND, type Demand, LABELS, RouteDocuments, SIZE } from '../route-documents.js';
import { type Labels, sameSelector, selectorText } from './objects.js';

export interface ServiceDocument {
  readonly kind: 'bcs-service';
  readonly namespace: string;
  readonly service: string;
  readonly selector: Labels;
  /** The slots that have to be ready for it, and are all that it may select. */
  readonly slots: readonly Slot[];
  /** How many instances of each have to be ready; of a slot that traffic goes back to, as many as it is asked to have. */
  readonly size: number;
  readonly demand: Demand;
  /** Of what comes at the end of an overlap: the selector on the way there. */
  readonly overlap?: Labels;
  /** Of a stage for both slots, green first: the selector that comes after it. */
  readonly onward?: Labels;
}

export const DOCUMENTS = new RouteDocuments<ServiceDocument>(
  z.looseObject({
    kind: z.literal('bcs-service'),
    namespace: z.string(),
    service: z.string(),
    selector: LABELS,
    slots: z.array(z.string()),
    size: SIZE,
    demand: DEMAND,
    overlap: LABELS.exactOptional(),
    onward: LABELS.exactOptional(),
  }),
);

/** Selectors that a switch between two routings may have left, whenever it was interrupted. */
export function knownSelectors(from: RouteState, to: RouteState): readonly Labels[] {
  const documents = [documentOf(from), documentOf(to)];
  return documents.flatMap(({ selector, overlap, onward }) => [selector, overlap, onward].filter(isSelector));
}

function isSelector(selector: Labels | undefined): selector is Labels {
  return selector !== undefined;
}

/** What a route is wanted to be, given what it is: a stage that was passed already is what comes after it. */
export function reached(document: ServiceDocument, selector: Labels | null | undefined): ServiceDocument {
  const { onward, slots } = document;
  if (!onward || !sameSelector(onward, selector)) return document;
  return { ...document, selector: onward, slots: slots.slice(0, 1) };
}

const SERVICE = /^service\/([-a-z0-9.]+)$/;

/** Undefined for a route of another kind. */
export function serviceOf(route: string): string | undefined {
  return SERVICE.exec(route)?.[1];
}

export function routeState(route: string, document: ServiceDocument): RouteState {
  const [only, ...others] = document.slots;
  const slot = others.length === 0 ? only : undefined;
  return { route, slot, text: selectorText(document.selector), document: DOCUMENTS.write(document) };
}

/** Throws ROUTE_UNREADABLE. */
export function documentOf(state: RouteState): ServiceDocument {
  return DOCUMENTS.read(state);
}
