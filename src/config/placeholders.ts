/** `${VERSION}` and `${ANY_VARIABLE}` in the texts of a configuration. `$${` stands for a literal `${`. */
import { type Data, isData } from './paths.js';

/** Names of variables whose values must not be seen. */
const SECRET_NAME = /TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|PRIVATE|API_?KEY/i;
const PLACEHOLDER = /\$(\$?)\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

export interface Expansion {
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly problem: (path: readonly PropertyKey[], sentence: string) => void;
  readonly mask: (secret: string) => void;
}

/** A copy with every placeholder filled. Command lines are left alone: programs read the environment themselves. */
export function expand(value: unknown, expansion: Expansion, path: readonly PropertyKey[] = []): unknown {
  if (path.at(-2) === 'command' && path.at(-1) === 'run') return value;
  if (typeof value === 'string') return expandText(value, expansion, path);
  if (Array.isArray(value)) return value.map((item, index) => expand(item, expansion, [...path, index]));
  if (!isData(value)) return value;
  return Object.fromEntries(
    Object.entries(value as Exclude<Data, unknown[]>).map(([key, item]) => [
      key,
      expand(item, expansion, [...path, key]),
    ]),
  );
}

export function expandText(text: string, { values, problem, mask }: Expansion, path: readonly PropertyKey[]): string {
  return text.replace(PLACEHOLDER, (whole, escaped: string, name: string) => {
    if (escaped) return whole.slice(1);
    const value = values[name];
    if (value === undefined) {
      problem(path, `uses \${${name}}, but no such environment variable is set`);
      return whole;
    }
    if (SECRET_NAME.test(name) || isSecretPlace(path)) mask(value);
    return value;
  });
}

/** Where a configuration says who it is: passwords and tokens, and the key of a client's certificate. */
function isSecretPlace(path: readonly PropertyKey[]): boolean {
  return path.includes('credentials') || (path.at(-2) === 'tls' && path.at(-1) === 'key');
}
