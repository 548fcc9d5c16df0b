/** Where one request goes, and how people are told of it. */
import type { Subject } from './failures.js';
import { type Resource, resourcePath } from './resources.js';

export interface Place {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  /** Undefined: the whole collection. */
  readonly name?: string;
  readonly subresource?: string;
}

export function subjectOf({ resource, namespace, name, subresource }: Place, verb: string): Subject {
  const plural = subresource === undefined ? resource.plural : `${resource.plural}/${subresource}`;
  return { verb, group: resource.group, resource: plural, namespace, name };
}

/** Path and query, from the server's base on. */
export function pathOf(place: Place, query: Readonly<Record<string, string>>): string {
  const { resource, namespace, name, subresource } = place;
  const parameters = new URLSearchParams(query).toString();
  const path = resourcePath(resource, namespace, name, subresource);
  return parameters === '' ? path : `${path}?${parameters}`;
}
