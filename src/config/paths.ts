/** Dotted paths in plain data, such as `targets.0.slots.blue`. */

export type Data = { [key: string]: unknown } | unknown[];

export function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null;
}

/** Puts a value at a path and makes what is missing on the way: a list where the next part is a number. */
export function put(root: Data, path: string, value: unknown): void {
  const parts = path.split('.');
  let here = root as { [key: string]: unknown };
  parts.slice(0, -1).forEach((part, index) => {
    if (!isData(here[part])) here[part] = /^\d+$/.test(parts[index + 1] ?? '') ? [] : {};
    here = here[part] as { [key: string]: unknown };
  });
  here[parts.at(-1) ?? ''] = value;
}

/** The value at a path; undefined where there is none. */
export function at(root: unknown, path: readonly PropertyKey[]): unknown {
  let here: unknown = root;
  for (const part of path) here = isData(here) ? (here as { [key: PropertyKey]: unknown })[part] : undefined;
  return here;
}

/** `targets[0].slots.blue`: how people write it. */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number' || /^\d+$/.test(String(part))) return `${text}[${String(part)}]`;
    return text ? `${text}.${String(part)}` : String(part);
  }, '');
}
