/** What an object has otherwise than the one that it replaces, a few words each. Values of secrets are never shown. Pure. */
import { FIELD_MANAGER } from './client.js';
import type { KubernetesObject } from './objects.js';
import { parseQuantity } from './preflight/quantities.js';

const MOST = 12;
const LONGEST_VALUE = 60;
const SECRET_NAME = /token|secret|passw|credential|private|api[-_.]?key|auth/i;
const URL_WITH_PASSWORD = /:\/\/[^/\s]*:[^/\s]*@/;
/** Written by the server or by this tool, told elsewhere, or of no consequence. */
const ASIDE = new Set(['apiVersion', 'kind', 'metadata', 'status', 'type', 'immutable', 'stringData']);
/** Entries of these are only there because somebody wrote them: what is missing was removed. In others it may be a default. */
const WRITTEN = new Set(['env', 'data', 'binaryData', 'requests', 'limits', 'containers', 'initContainers', 'volumes']);

interface Managed {
  readonly manager?: string;
  readonly operation?: string;
  readonly fieldsV1?: unknown;
}

export interface Comparison {
  /** Makes what differs by its slot's name alone equal. */
  readonly alike?: (text: string) => string;
  /** Names of fields that are told elsewhere. */
  readonly without?: readonly string[];
  /** Whether what is missing at this place goes; unless told, all does. */
  readonly removes?: (path: readonly string[]) => boolean;
}

/** Differences of whole objects, what the server writes left out. A dozen at most, then how many more there are. */
export function differences(now: KubernetesObject, wanted: KubernetesObject, how: Comparison = {}): readonly string[] {
  const fields = (object: KubernetesObject) =>
    Object.fromEntries(Object.entries(withData(object)).filter(([name]) => !ASIDE.has(name)));
  const removes = (path: readonly string[]) => isOwn(now, path);
  return differencesIn(fields(now), fields(wanted), { removes, ...how, isSecret: wanted.kind === 'Secret' });
}

/**
 * Whether this tool applied the field at a path: an apply takes away what it applied before, and nothing of others'.
 * `before`: where the path begins, such as `.spec`.
 */
export function isOwn(
  { metadata }: KubernetesObject,
  path: readonly string[],
  before: readonly string[] = [],
): boolean {
  const entries = (metadata.managedFields ?? []) as readonly Managed[];
  const own = entries.find(({ manager, operation }) => manager === FIELD_MANAGER && operation === 'Apply');
  let fields: unknown = own?.fieldsV1;
  for (const word of [...before, ...path]) {
    const key = word.startsWith(' ') ? `k:{"name":${JSON.stringify(word.slice(1))}}` : `f:${word.slice(1)}`;
    fields = isFields(fields) ? fields[key] : undefined;
  }
  return fields !== undefined;
}

/** The same of parts of objects. */
export function differencesIn(
  now: unknown,
  wanted: unknown,
  { isSecret = false, alike = text => text, without = [], removes = () => true }: Comparison & { isSecret?: boolean },
): readonly string[] {
  const comparer = new Comparer(isSecret, alike, new Set(without), removes);
  comparer.compare([], now, wanted);
  const all = comparer.found;
  return all.length <= MOST ? all : [...all.slice(0, MOST), `${all.length - MOST} more`];
}

class Comparer {
  readonly found: string[] = [];
  private readonly isSecret: boolean;
  private readonly alike: (text: string) => string;
  private readonly without: ReadonlySet<string>;
  private readonly removes: (path: readonly string[]) => boolean;

  constructor(
    isSecret: boolean,
    alike: (text: string) => string,
    without: ReadonlySet<string>,
    removes: (path: readonly string[]) => boolean,
  ) {
    this.removes = removes;
    this.isSecret = isSecret;
    this.alike = alike;
    this.without = without;
  }

  compare(path: readonly string[], now: unknown, wanted: unknown): void {
    if (this.without.has(path.at(-1) ?? '')) return;
    if (isNamedList(wanted)) this.compareEntries(path, byName(now), byName(wanted), ' ');
    else if (isFields(wanted) && (now === undefined || isFields(now)) && !isSingle(wanted, now))
      this.compareEntries(path, new Map(Object.entries(now ?? {})), new Map(Object.entries(wanted)), '.');
    else if (now === undefined) this.found.push(`${textOf(path)} new${this.valueText(path, wanted)}`);
    else if (Array.isArray(now) && Array.isArray(wanted)) this.compareLists(path, now, wanted);
    else if (!this.isEqual(path, now, wanted)) this.found.push(`${textOf(path)} ${this.changeText(path, now, wanted)}`);
  }

  /** One by one, since a server puts defaults into their items; told as a whole. */
  private compareLists(path: readonly string[], now: readonly unknown[], wanted: readonly unknown[]): void {
    const items = new Comparer(this.isSecret, this.alike, this.without, this.removes);
    for (const [index, item] of wanted.entries()) items.compare([...path, `.${index}`], now[index], item);
    if (items.found.length > 0 || now.length !== wanted.length) this.found.push(`${textOf(path)} changed`);
  }

  private compareEntries(
    path: readonly string[],
    now: ReadonlyMap<string, unknown>,
    wanted: ReadonlyMap<string, unknown>,
    separator: ' ' | '.',
  ): void {
    const to = (name: string) => [...path, `${separator}${name}`];
    for (const [name, value] of wanted) {
      if (this.without.has(name)) continue;
      if (separator === ' ' && !now.has(name)) this.found.push(`${textOf(to(name))} new`);
      else this.compare(to(name), now.get(name), value);
    }
    if (!WRITTEN.has(lastWord(path))) return;
    for (const name of now.keys())
      if (!wanted.has(name) && this.removes(to(name))) this.found.push(`${textOf(to(name))} removed`);
  }

  private isEqual(path: readonly string[], now: unknown, wanted: unknown): boolean {
    const [one, other] = [now, wanted].map(value => this.alike(JSON.stringify(value) ?? ''));
    if (one === other || String(now) === String(wanted)) return true;
    if (!path.some(word => /resources$/.test(word))) return false;
    const amount = parseQuantity(wanted as string);
    return amount !== undefined && amount === parseQuantity(now as string);
  }

  private changeText(path: readonly string[], now: unknown, wanted: unknown): string {
    const [before, after] = [this.shown(path, now), this.shown(path, wanted)];
    return before === undefined || after === undefined ? 'changed' : `${before} -> ${after}`;
  }

  private valueText(path: readonly string[], value: unknown): string {
    const text = this.shown(path, value);
    return text === undefined ? '' : ` (${text})`;
  }

  /** Undefined for what is secret, long, or no single word. */
  private shown(path: readonly string[], value: unknown): string | undefined {
    if (this.isSecret || typeof value === 'object' || path.some(word => SECRET_NAME.test(word))) return undefined;
    const text = String(value);
    return text === '' || text.length > LONGEST_VALUE || /[\r\n]/.test(text) || URL_WITH_PASSWORD.test(text)
      ? undefined
      : text;
  }
}

/** `web env LEVEL`, `data.level`: without the words that a person would leave out. */
function textOf(path: readonly string[]): string {
  return path
    .join('')
    .replace(/^\.?(containers|initContainers) /, '')
    .replace(/\.env /g, ' env ')
    .replace(/\.value$/, '')
    .replace(/^\./, '')
    .replace(/^(\S+)\.(resources|args|command|ports|envFrom)/, '$1 $2')
    .trim();
}

function lastWord(path: readonly string[]): string {
  return (path.at(-1) ?? '').replace(/^[ .]/, '');
}

/** A Secret's stringData, as the server keeps it. */
function withData(object: KubernetesObject): KubernetesObject {
  const { stringData, data } = object as { stringData?: Readonly<Record<string, string>>; data?: object };
  if (object.kind !== 'Secret' || !stringData) return object;
  const encoded = Object.entries(stringData).map(([key, value]) => [
    key,
    Buffer.from(value, 'utf8').toString('base64'),
  ]);
  return { ...object, data: { ...data, ...Object.fromEntries(encoded) } };
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An empty object says something by being there, such as emptyDir. */
function isSingle(wanted: Readonly<Record<string, unknown>>, now: unknown): boolean {
  return Object.keys(wanted).length === 0 && now === undefined;
}

/** A list whose items are told apart by their names. */
function isNamedList(value: unknown): value is readonly { readonly name: string }[] {
  if (!Array.isArray(value) || value.length === 0) return false;
  const names = value.flatMap(item => (isFields(item) && typeof item.name === 'string' ? [item.name] : []));
  return names.length === value.length && new Set(names).size === names.length;
}

function byName(value: unknown): ReadonlyMap<string, unknown> {
  const items = Array.isArray(value) ? (value as readonly { readonly name?: string }[]) : [];
  return new Map(items.map(({ name = '', ...rest }) => [name, rest]));
}
