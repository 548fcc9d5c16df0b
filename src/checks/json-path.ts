/** Dotted paths into a JSON document. */

/**
 * What stands at `path`, such as `build.version`, `items.0.name` or `items[0].name`; undefined when nothing does.
 * A key that itself holds dots is found when the rest of the path, taken as one key, is there.
 */
export function atPath(document: unknown, path: string): unknown {
  return follow(
    document,
    path
      .replace(/\[(\d+)\]/g, '.$1')
      .split('.')
      .filter(part => part !== ''),
  );
}

function follow(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return value;
  if (value === null || typeof value !== 'object') return undefined;
  const whole = [key, ...rest].join('.');
  if (Object.hasOwn(value, key)) return follow((value as Record<string, unknown>)[key], rest);
  return Object.hasOwn(value, whole) ? (value as Record<string, unknown>)[whole] : undefined;
}
