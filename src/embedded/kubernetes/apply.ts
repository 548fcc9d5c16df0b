import { isDeepStrictEqual } from 'node:util';
import {
  entryOf,
  fieldsOf,
  isSame,
  itemSegment,
  type Manager,
  type Ownership,
  ownershipsOf,
  readablePath,
  segmentsOf,
  withOwnerships,
} from './fields.js';
import { applyKeys, isAtomicMap } from './merge-keys.js';
import type { KubernetesObject } from './objects.js';
import { ApiError } from './status.js';

export interface ApplyOptions {
  readonly manager: Manager;
  /** Takes fields over that others own. */
  readonly force: boolean;
  readonly now: number;
}

/**
 * Server-side apply: the object with the applied fields set, without those that this manager applied before and no longer
 * does (and nobody else owns), and with managedFields that say so.
 *
 * @throws ApiError 409 with the causes FieldManagerConflict, where other managers own a field with another value
 */
export function applied(
  current: KubernetesObject | undefined,
  configuration: KubernetesObject,
  { manager, force, now }: ApplyOptions,
): KubernetesObject {
  const wanted = fieldsOf(configuration);
  const ownerships = ownershipsOf(current);
  const others = ownerships.filter(({ entry }) => !isSame(entry, manager));
  const before = fieldsOf(current ?? {});
  const changed = [...wanted]
    .filter(([path, value]) => !isDeepStrictEqual(before.get(path), value))
    .map(([path]) => path);
  const conflicts = others.flatMap(other =>
    changed.filter(path => other.paths.has(path)).map(path => ({ owner: other.entry, path })),
  );
  if (conflicts.length > 0 && !force) throw applyConflict(conflicts);
  for (const { paths } of others) for (const path of changed) paths.delete(path);

  const own = ownerships.find(({ entry }) => isSame(entry, manager));
  let result = merge(current ?? {}, configuration, []) as KubernetesObject;
  for (const path of own?.paths ?? []) {
    const kept = wanted.has(path) || others.some(other => other.paths.has(path));
    if (!kept) result = without(result, segmentsOf(path), []) as KubernetesObject;
  }
  const paths = new Set(wanted.keys());
  const same = own !== undefined && isDeepStrictEqual(own.paths, paths);
  const entry = same ? own.entry : entryOf(manager, configuration.apiVersion, now);
  const mine = { entry, paths };
  if (own === undefined) return withOwnerships(result, [mine, ...others]);
  return withOwnerships(
    result,
    ownerships.map(other => (other === own ? mine : other)),
  );
}

function applyConflict(conflicts: readonly { owner: Ownership['entry']; path: string }[]): ApiError {
  const causes = conflicts.map(({ owner, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with "${owner.manager}"${owner.operation === 'Apply' ? '' : ` using ${owner.apiVersion}`}`,
    field: readablePath(path),
  }));
  const many = causes.length > 1;
  const list = many
    ? causes.map(({ message, field }) => `${message.replace('conflict', 'conflicts')}:\n- ${field}`).join('\n')
    : `${causes[0]?.message}: ${causes[0]?.field}`;
  const message = `Apply failed with ${causes.length} conflict${many ? 's' : ''}: ${list}`;
  return new ApiError(409, 'Conflict', message, { causes });
}

/** Maps and keyed lists are merged, everything else is replaced. */
function merge(current: unknown, applied: unknown, path: readonly string[]): unknown {
  if (Array.isArray(applied)) return mergeList(current, applied, path);
  if (!isMap(applied)) return applied;
  const merged: Record<string, unknown> = isMap(current) && !isAtomicMap(path) ? { ...current } : {};
  for (const [name, value] of Object.entries(applied)) {
    if (value !== undefined) merged[name] = merge(merged[name], value, [...path, name]);
  }
  return merged;
}

function mergeList(current: unknown, applied: unknown[], path: readonly string[]): unknown[] {
  const keys = applyKeys(path);
  if (keys === undefined) return applied;
  const merged = [...(Array.isArray(current) ? (current as Record<string, unknown>[]) : [])];
  for (const item of applied as Record<string, unknown>[]) {
    const at = merged.findIndex(other => itemSegment(other, keys) === itemSegment(item, keys));
    if (at < 0) merged.push(merge({}, item, path) as Record<string, unknown>);
    else merged[at] = merge(merged[at], item, path) as Record<string, unknown>;
  }
  return merged;
}

/** A value without the field at a path; a map that becomes empty by that goes too. */
function without(value: unknown, segments: readonly string[], path: readonly string[]): unknown {
  const [segment = '', ...rest] = segments;
  if (segment.startsWith('k:') && Array.isArray(value)) {
    const keys = applyKeys(path) ?? [];
    return value.flatMap(item => {
      if (itemSegment(item as Record<string, unknown>, keys) !== segment) return [item];
      const left = rest[0] === '.' ? undefined : without(item, rest, path);
      return left === undefined ? [] : [left];
    });
  }
  const name = segment.slice(2);
  if (!isMap(value) || !(name in value)) return value;
  const { [name]: child, ...others } = value;
  const left = rest.length === 0 ? undefined : without(child, rest, [...path, name]);
  const gone = left === undefined || (isMap(left) && Object.keys(left).length === 0);
  if (!gone) return { ...value, [name]: left };
  return Object.keys(others).length === 0 && path.length > 0 ? undefined : others;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
