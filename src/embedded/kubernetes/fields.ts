import { isDeepStrictEqual } from 'node:util';
import { applyKeys, isAtomicMap } from './merge-keys.js';
import { type KubernetesObject, type ManagedFieldsEntry, timestamp, withMetadata } from './objects.js';

/** Who writes, and how; see metadata.managedFields of the API. */
export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource?: string;
}

/** Between the segments of a path; no field name holds it. */
const separator = '\u0001';

/**
 * The fields of an object that somebody can own, by path, with their values. A path's segments are those of FieldsV1.
 * The status is left out: here it is the controllers' alone.
 */
export type Fields = ReadonlyMap<string, unknown>;

const ownMetadata = new Set(['labels', 'annotations', 'finalizers', 'ownerReferences']);

export function fieldsOf(object: Partial<KubernetesObject>): Fields {
  const fields = new Map<string, unknown>();
  for (const [name, value] of Object.entries(object)) {
    if (name === 'apiVersion' || name === 'kind' || name === 'status' || value === undefined) continue;
    if (name !== 'metadata') collect(fields, value, [`f:${name}`], [name]);
    else {
      for (const [key, entry] of Object.entries(value as object)) {
        if (ownMetadata.has(key)) collect(fields, entry, ['f:metadata', `f:${key}`], ['metadata', key]);
      }
    }
  }
  return fields;
}

function collect(fields: Map<string, unknown>, value: unknown, segments: string[], path: string[]): void {
  const keys = Array.isArray(value) ? applyKeys(path) : undefined;
  if (Array.isArray(value) && keys !== undefined) {
    for (const item of value) {
      const itemSegments = [...segments, itemSegment(item as Record<string, unknown>, keys)];
      fields.set([...itemSegments, '.'].join(separator), true);
      for (const [name, entry] of Object.entries(item as object)) {
        collect(fields, entry, [...itemSegments, `f:${name}`], [...path, name]);
      }
    }
    return;
  }
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value) && !isAtomicMap(path);
  if (!isMap || Object.keys(value).length === 0) fields.set(segments.join(separator), value);
  else {
    for (const [name, entry] of Object.entries(value)) {
      if (entry !== undefined) collect(fields, entry, [...segments, `f:${name}`], [...path, name]);
    }
  }
}

/** How FieldsV1 names a list's item: `k:{"containerPort":80,"protocol":"TCP"}`. */
export function itemSegment(item: Record<string, unknown>, keys: readonly string[]): string {
  const entries = keys.map(key => [key, item[key] ?? (key === 'protocol' ? 'TCP' : undefined)]);
  return `k:${JSON.stringify(Object.fromEntries(entries))}`;
}

/** FieldsV1 of a set of paths. */
export function toTree(paths: Iterable<string>): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const path of [...paths].sort()) {
    let node = tree;
    for (const segment of path.split(separator)) {
      node[segment] ??= {};
      node = node[segment] as Record<string, unknown>;
    }
  }
  return tree;
}

/** The set of paths of a FieldsV1. */
export function fromTree(tree: Readonly<Record<string, unknown>>, prefix: readonly string[] = []): Set<string> {
  const paths = new Set<string>();
  for (const [segment, child] of Object.entries(tree)) {
    const below = fromTree(child as Record<string, unknown>, [...prefix, segment]);
    if (below.size === 0) paths.add([...prefix, segment].join(separator));
    for (const path of below) paths.add(path);
  }
  return paths;
}

export function segmentsOf(path: string): string[] {
  return path.split(separator);
}

/** A path as messages name it: `.spec.template.spec.containers[name="web"].image`. */
export function readablePath(path: string): string {
  return segmentsOf(path)
    .filter(segment => segment !== '.')
    .map(segment => {
      if (!segment.startsWith('k:')) return `.${segment.slice(2)}`;
      const keys = Object.entries(JSON.parse(segment.slice(2)) as object);
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
    })
    .join('');
}

/** An entry's paths, beside the entry. */
export interface Ownership {
  readonly entry: Omit<ManagedFieldsEntry, 'fieldsV1' | 'fieldsType'>;
  readonly paths: Set<string>;
}

export function ownershipsOf(object: KubernetesObject | undefined): Ownership[] {
  return (object?.metadata.managedFields ?? []).map(({ fieldsV1, fieldsType: _fieldsType, ...entry }) => ({
    entry,
    paths: fromTree(fieldsV1),
  }));
}

export function withOwnerships<T extends KubernetesObject>(object: T, ownerships: readonly Ownership[]): T {
  const managedFields = ownerships
    .filter(({ paths }) => paths.size > 0)
    .map(({ entry, paths }) => ({ ...entry, fieldsType: 'FieldsV1' as const, fieldsV1: toTree(paths) }));
  return withMetadata(object, { managedFields });
}

/** What an update makes of managedFields: the writer owns what it changed, and nobody owns what is gone. */
export function trackManager(
  current: KubernetesObject | undefined,
  next: KubernetesObject,
  manager: Manager | undefined,
  now: number,
): KubernetesObject {
  if (manager === undefined || manager.operation === 'Apply') return next;
  const before = fieldsOf(current ?? {});
  const after = fieldsOf(next);
  const changed = [...after]
    .filter(([path, value]) => !isDeepStrictEqual(before.get(path), value))
    .map(([path]) => path);
  const gone = [...before.keys()].filter(path => !after.has(path));
  if (changed.length === 0 && gone.length === 0) return next;
  const others = ownershipsOf(current).filter(({ entry }) => !isSame(entry, manager));
  const own = ownershipsOf(current).find(({ entry }) => isSame(entry, manager));
  for (const { paths } of others) for (const path of [...changed, ...gone]) paths.delete(path);
  const paths = new Set([...(own?.paths ?? []), ...changed]);
  for (const path of gone) paths.delete(path);
  return withOwnerships(next, [...others, { entry: entryOf(manager, next.apiVersion, now), paths }]);
}

export function entryOf(manager: Manager, apiVersion: string, now: number): Ownership['entry'] {
  return {
    manager: manager.name,
    operation: manager.operation,
    apiVersion,
    time: timestamp(now),
    ...(manager.subresource === undefined ? {} : { subresource: manager.subresource }),
  };
}

export function isSame(entry: Ownership['entry'], manager: Manager): boolean {
  return (
    entry.manager === manager.name && entry.operation === manager.operation && entry.subresource === manager.subresource
  );
}
