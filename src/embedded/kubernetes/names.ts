import { randomBytes } from 'node:crypto';

/** The letters of generated names: no vowels, so that no words appear. */
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** A random suffix as `generateName` appends it. */
export function randomSuffix(length = 5): string {
  return [...randomBytes(length)].map(byte => alphabet[byte % alphabet.length]).join('');
}

/** A short name for a value's content (FNV-1a, 32 bit): equal content, equal name, whatever the order of keys. */
export function contentHash(value: unknown): string {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(JSON.stringify(sorted(value)))) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return [...String(hash)].map(digit => alphabet[digit.charCodeAt(0) % alphabet.length]).join('');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined && entry !== null);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, entry]) => [key, sorted(entry)]));
}

/** The parts of an image reference; undefined where the reference is none. */
export function parseImage(image: string): { name: string; tag?: string; digest?: string } | undefined {
  const component = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
  const host = '(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?(?::[0-9]+)?/)?';
  const pattern = new RegExp(
    `^(?<name>${host}${component}(?:/${component})*)(?::(?<tag>[\\w][\\w.-]{0,127}))?(?:@(?<digest>[A-Za-z0-9+.]+:[0-9a-fA-F]{32,}))?$`,
  );
  const groups = pattern.exec(image)?.groups;
  if (groups?.name === undefined) return undefined;
  return {
    name: groups.name,
    ...(groups.tag === undefined ? {} : { tag: groups.tag }),
    ...(groups.digest === undefined ? {} : { digest: groups.digest }),
  };
}
