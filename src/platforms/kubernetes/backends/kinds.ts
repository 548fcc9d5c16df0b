/** Routes that name Services: what all their kinds have in common. */
import type { Json } from '../../../release/model.js';
import type { KubernetesObject } from '../objects.js';
import type { Resource } from '../resources.js';

/** What an entry sends traffic to: a Service, or with Istio one subset of it. */
export interface Backend {
  readonly service: string;
  readonly subset?: string | undefined;
}

/** One destination in a list of them. */
export interface Entry {
  /** As it stands in the object; fields that this tool does not know survive a write. */
  readonly value: Json;
  /** Undefined where it is nothing of this namespace that could be a slot's. */
  readonly backend: Backend | undefined;
  /** The Service's port that it names, by number or by name; undefined where it names none. */
  readonly port: number | string | undefined;
  readonly weight: number;
}

/** One place in a route that sends traffic somewhere. */
export interface Place {
  /** JSON pointer, such as `/spec/rules/0/backendRefs`. */
  readonly pointer: string;
  readonly entries: readonly Entry[];
}

/** What a controller says of a route; `waiting` while it has not said it of the latest generation. */
export interface ControllerWord {
  readonly state: 'accepted' | 'waiting' | 'refused';
  /** Such as `Gateway shop has not accepted it yet`. */
  readonly reason: string;
}

/** A kind of route that names Services. */
export interface BackendKind {
  readonly kind: string;
  /** Where servers keep it, newest version first. */
  readonly resources: readonly Resource[];
  /** Whether its entries have weights. */
  readonly weighs: boolean;
  /** Whether the weights of one place have to add up to 100. */
  readonly adds100: boolean;
  places(object: KubernetesObject): readonly Place[];
  /** An entry like this one that leads to another backend, with another weight. */
  entry(like: Json, backend: Backend, weight: number): Json;
  /** What is written at the pointer of a place. */
  value(entries: readonly Json[]): Json;
  /** What the server fills in, filled in: two values that mean the same become equal. */
  normal(value: Json): Json;
  /** Undefined for kinds whose controllers say nothing. */
  word?(object: KubernetesObject): ControllerWord;
}

/** The values of the places that a switch writes, by JSON pointer. */
export type Parts = Readonly<Record<string, Json>>;

/** Whether two states of a route send traffic the same way. */
export function sameParts(kind: BackendKind, one: Parts, other: Parts): boolean {
  const pointers = Object.keys(one);
  const same = (pointer: string) =>
    pointer in other && canonical(kind.normal(one[pointer] ?? null)) === canonical(kind.normal(other[pointer] ?? null));
  return pointers.length === Object.keys(other).length && pointers.every(same);
}

/** What stands at these pointers now. */
export function partsAt(kind: BackendKind, object: KubernetesObject, pointers: readonly string[]): Parts {
  const places = new Map(kind.places(object).map(place => [place.pointer, place]));
  return Object.fromEntries(
    pointers.flatMap(pointer => {
      const place = places.get(pointer);
      return place ? [[pointer, kind.value(place.entries.map(({ value }) => value))]] : [];
    }),
  );
}

function canonical(value: Json): string {
  return JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** A port, if it is one. */
export function portOf(value: unknown): number | string | undefined {
  return typeof value === 'number' || typeof value === 'string' ? value : undefined;
}

export type Fields = { readonly [key: string]: Json };

/** An object of JSON, or an empty one in its place. */
export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

/** A list of JSON, or an empty one in its place. */
export function items(value: unknown): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}
