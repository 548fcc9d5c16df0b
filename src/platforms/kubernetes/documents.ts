/** What the plan and the record keep of a route, by its kind. */
import { z } from 'zod';
import type { Slot } from '../../release/model.js';
import { DEMAND, type Demand, LABELS, objectLike, RouteDocuments, SIZE } from '../route-documents.js';
import type { Parts } from './backends/kinds.js';
import type { KubernetesObject, Labels } from './objects.js';

interface Document {
  readonly namespace: string;
  readonly name: string;
  /** What pods are selected by; null when the route does not exist. */
  readonly selector: Labels | null;
  readonly slot: Slot | null;
  readonly size: number;
  readonly demand: Demand;
  /** The route to create when there is none. */
  readonly definition: KubernetesObject | null;
}

/** What `RouteState.document` holds for a Service. */
export interface ServiceDocument extends Document {
  readonly kind: 'Service';
  /** Both slots at once: a selector that may be found on the way to or from this one. */
  readonly overlap?: Labels;
  /** Of a routing that selects both slots: green, blue, and the selector that comes after it. */
  readonly both?: { readonly slots: readonly Slot[]; readonly onward: Labels };
}

/** A slot that gets traffic, and by which Service. */
export interface ServedSlot {
  readonly slot: Slot;
  readonly service: string;
  /** What its pods are selected by, a subset's labels included. */
  readonly selector: Labels;
  /** Whether it is a subset of a Service that others share. */
  readonly isShared: boolean;
}

/** What `RouteState.document` holds for a route that names Services; `selector` is that of the Service of its slot. */
export interface BackendDocument extends Document {
  readonly kind: 'Backends';
  /** Such as `HTTPRoute`. */
  readonly of: string;
  readonly version: string;
  /** The places that send traffic to the slots; null when the route does not exist. */
  readonly parts: Parts | null;
  readonly served: readonly ServedSlot[];
  /** All states of this switch in their order, the last one included: in any of them the route may be found. */
  readonly states: readonly Parts[];
  /** Labels that the slot's pods will have; empty where they are what they are. */
  readonly labels: Labels;
  /** The slot's Service, where it has yet to be made. */
  readonly creates: KubernetesObject | null;
}

/** What `RouteState.document` holds of workers. */
export interface WorkersDocument {
  readonly kind: 'Workers';
  readonly namespace: string;
  /** Of the marker. */
  readonly name: string;
  /** No Service selects workers. */
  readonly selector: null;
  /** What the marker says; null when there is none. */
  readonly marked: Slot | null;
  readonly slot: Slot | null;
  readonly size: number;
  readonly demand: Demand;
  readonly definition: null;
}

export type RouteDocument = ServiceDocument | BackendDocument | WorkersDocument;

const SLOT = z.string();
const PARTS = z.record(z.string(), z.json());
const OBJECT = objectLike<KubernetesObject>(
  'an object of Kubernetes',
  ({ apiVersion, kind, metadata }) =>
    typeof apiVersion === 'string' && typeof kind === 'string' && typeof metadata?.name === 'string',
);

const DOCUMENT = {
  namespace: z.string(),
  name: z.string(),
  selector: LABELS.nullable(),
  slot: SLOT.nullable(),
  size: SIZE,
  demand: DEMAND,
  definition: OBJECT.nullable(),
};

export const DOCUMENTS = new RouteDocuments<RouteDocument>(
  z.discriminatedUnion('kind', [
    z.looseObject({
      ...DOCUMENT,
      kind: z.literal('Service'),
      overlap: LABELS.exactOptional(),
      both: z.looseObject({ slots: z.array(SLOT), onward: LABELS }).exactOptional(),
    }),
    z.looseObject({
      ...DOCUMENT,
      kind: z.literal('Backends'),
      of: z.string(),
      version: z.string(),
      parts: PARTS.nullable(),
      served: z.array(z.looseObject({ slot: SLOT, service: z.string(), selector: LABELS, isShared: z.boolean() })),
      states: z.array(PARTS),
      labels: LABELS,
      creates: OBJECT.nullable(),
    }),
    z.looseObject({
      ...DOCUMENT,
      kind: z.literal('Workers'),
      selector: z.null(),
      marked: SLOT.nullable(),
      definition: z.null(),
    }),
  ]),
);
