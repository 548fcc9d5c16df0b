import type { Access } from '../auth.js';
import { findResource, type Resource, resources } from '../resources.js';

/** What a path of the API means. */
export type Route =
  | { readonly type: 'resource'; readonly target: Target }
  | { readonly type: 'info'; readonly path: string }
  /** A group or version that is not served: the real server answers plain text. */
  | { readonly type: 'no-group' }
  | { readonly type: 'no-resource' };

export interface Target {
  readonly resource: Resource;
  /** '' for all namespaces, and for what has none. */
  readonly namespace: string;
  /** '' for the collection. */
  readonly name: string;
  /** '' for the object itself. */
  readonly subresource: string;
  /** What follows the subresource, with its slash: the path of a proxied request. */
  readonly rest: string;
}

export function parseRoute(path: string): Route {
  const parts = path.split('/').slice(1).map(decodeURIComponent);
  const [root] = parts;
  if (root === 'api' && parts.length >= 3 && parts[2] !== '') return resourceRoute('', parts.slice(1));
  if (root === 'apis' && parts.length >= 4 && parts[3] !== '') return resourceRoute(parts[1] ?? '', parts.slice(2));
  return { type: 'info', path: path.length > 1 ? path.replace(/\/$/, '') : path };
}

function resourceRoute(group: string, [version = '', ...parts]: readonly string[]): Route {
  if (!resources.some(resource => resource.group === group && resource.version === version))
    return { type: 'no-group' };
  const [first, namespace = '', plural] = parts;
  // `namespaces/x` and `namespaces/x/status` are about the Namespace, `namespaces/x/services` about what is in it.
  const inside = first === 'namespaces' && plural !== undefined && plural !== '' && !isOwnSubresource(group, plural);
  const rest = inside ? parts.slice(2) : parts;
  const resource = findResource(group, version, rest[0] ?? '');
  if (resource === undefined || (inside && !resource.namespaced)) return { type: 'no-resource' };
  const [, name = '', subresource = '', ...below] = rest;
  if (resource.namespaced && !inside && name !== '') return { type: 'no-resource' };
  if (subresource !== '' && !resource.subresources.includes(subresource)) return { type: 'no-resource' };
  if (below.length > 0 && subresource !== 'proxy') return { type: 'no-resource' };
  const path = below.length === 0 ? '' : `/${below.map(encodeURIComponent).join('/')}`;
  return {
    type: 'resource',
    target: { resource, namespace: inside ? namespace : '', name, subresource, rest: path },
  };
}

function isOwnSubresource(group: string, part: string): boolean {
  return group === '' && (part === 'status' || part === 'finalize');
}

const verbs: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch', HEAD: 'get' };

/** The verb of a request, as rules name it. */
export function verbOf(method: string, { name }: Target, query: URLSearchParams): string {
  if (method === 'GET' && isTrue(query.get('watch'))) return 'watch';
  if (method === 'GET') return name === '' ? 'list' : 'get';
  if (method === 'DELETE') return name === '' ? 'deletecollection' : 'delete';
  return verbs[method] ?? method.toLowerCase();
}

export function accessOf(verb: string, { resource, namespace, name, subresource }: Target): Access {
  const { group, plural } = resource;
  return { verb, group, resource: subresource === '' ? plural : `${plural}/${subresource}`, name, namespace };
}

export function isTrue(value: string | null): boolean {
  return value === 'true' || value === '1' || value === '';
}
