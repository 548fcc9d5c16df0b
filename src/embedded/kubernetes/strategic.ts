import { patchKey } from './merge-keys.js';

type Fields = Record<string, unknown>;

/** Directives of a strategic merge patch that name a list: `$setElementOrder/containers`. */
const deleteFromList = '$deleteFromPrimitiveList/';
const elementOrder = '$setElementOrder/';

/**
 * Kubernetes' own merge patch: as a JSON merge patch, but lists of things with names are merged by name. Knows the
 * directives `$patch` (replace, delete, merge), `$retainKeys`, `$setElementOrder` and `$deleteFromPrimitiveList`.
 */
export function strategicMerge(current: unknown, patch: unknown, path: readonly string[] = []): unknown {
  if (!isMap(patch)) return patch;
  const { $patch: directive, $retainKeys: retained, ...changes } = patch;
  if (directive === 'replace') return changes;
  if (directive === 'delete') return undefined;
  const merged: Fields = isMap(current) ? { ...current } : {};
  if (Array.isArray(retained)) {
    for (const name of Object.keys(merged)) if (!retained.includes(name)) delete merged[name];
  }
  for (const [name, value] of Object.entries(changes)) {
    if (name.startsWith(elementOrder)) continue;
    if (name.startsWith(deleteFromList)) {
      const list = name.slice(deleteFromList.length);
      const gone = Array.isArray(value) ? value : [];
      merged[list] = ((merged[list] ?? []) as unknown[]).filter(item => !gone.includes(item));
    } else mergeField(merged, name, value, [...path, name], changes[`${elementOrder}${name}`]);
  }
  return merged;
}

function mergeField(merged: Fields, name: string, value: unknown, path: readonly string[], order: unknown): void {
  if (value === null) {
    delete merged[name];
    return;
  }
  const key = Array.isArray(value) ? patchKey(path) : undefined;
  if (Array.isArray(value) && key !== undefined) merged[name] = mergeList(merged[name], value, key, path, order);
  else if (Array.isArray(value) && name === 'finalizers') {
    merged[name] = [...new Set([...((merged[name] ?? []) as unknown[]), ...value])];
  } else {
    const result = strategicMerge(merged[name], value, path);
    if (result === undefined) delete merged[name];
    else merged[name] = result;
  }
}

function mergeList(
  current: unknown,
  patch: unknown[],
  key: string,
  path: readonly string[],
  order: unknown,
): unknown[] {
  const items = patch.filter(isMap);
  const isReplacement = items.some(item => item.$patch === 'replace' && item[key] === undefined);
  let merged = isReplacement ? [] : [...(Array.isArray(current) ? (current as Fields[]) : [])];
  for (const item of items) {
    if (item[key] === undefined) continue;
    const at = merged.findIndex(other => other[key] === item[key]);
    if (item.$patch === 'delete') merged = merged.filter(other => other[key] !== item[key]);
    else if (at < 0) merged.push(strategicMerge({}, item, path) as Fields);
    else merged[at] = strategicMerge(merged[at], item, path) as Fields;
  }
  return sorted(merged, key, order);
}

/** The items that the order names come in its order; the others stay behind them. */
function sorted(items: readonly Fields[], key: string, order: unknown): Fields[] {
  if (!Array.isArray(order)) return [...items];
  const positions = new Map(order.filter(isMap).map((item, index) => [item[key], index]));
  const position = (item: Fields) => positions.get(item[key]) ?? Number.POSITIVE_INFINITY;
  return [...items].sort((a, b) => (position(a) === position(b) ? 0 : position(a) - position(b)));
}

function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
