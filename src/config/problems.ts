/** What validation found, as sentences that name the input or the place in the file. */
import { closest, distance } from 'fastest-levenshtein';
import { z } from 'zod';
import { INPUTS } from '../inputs.js';
import { NO_GROUP_ROUTE } from './bcs-schema.js';
import { at, pathText } from './paths.js';
import { configSchema } from './schema.js';
import type { Raw } from './sources.js';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** `Input bake` where an input is to blame or could help, else `cutover.yml: bake.for`. */
export function place(path: Path, raw: Raw): string {
  for (let length = path.length; length > 0; length--) {
    const input = raw.inputAt.get(path.slice(0, length).join('.'));
    if (input) return length === path.length ? `Input ${input}` : `Input ${input}: ${pathText(path.slice(length))}`;
  }
  const input = INPUTS.find(candidate => candidate.path === path.join('.'));
  if (raw.file === undefined) return input ? `Input ${input.name}` : pathText(path);
  return `${raw.file}: ${pathText(path)}`;
}

/** One sentence an issue; an issue with several unknown keys becomes several. */
export function sentences(issue: Issue, raw: Raw, prefix: Path = []): readonly string[] {
  const path = [...prefix, ...issue.path];
  const where = place(path, raw);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map(key => {
        const full = [...path, key];
        return unoffered(full, raw) ?? `${place(full, raw)} is unknown${nearest(key, knownKeys(path))}.`;
      });
    case 'invalid_union':
      return unionSentences(issue, raw, path);
    case 'invalid_value':
      return [
        unoffered(path, raw) ??
          `${where} must be one of ${issue.values.join(', ')}; it is ${shown(at(raw.data, path))}.`,
      ];
    case 'invalid_type':
      if (at(raw.data, path) === undefined) return [missing(path, where)];
      return [
        `${where} must be ${issue.message.startsWith('must') ? issue.message.slice(8) : `a ${issue.expected}`}; it is ${shown(at(raw.data, path))}.`,
      ];
    default:
      return [
        `${where} ${issue.message.replace(/\.$/, '')}${/^(is|uses|needs)/.test(issue.message) ? '' : `; it is ${shown(at(raw.data, path))}`}.`,
      ];
  }
}

/** What people ask for by name, and why there is no such thing, in place of a guess at what they meant. */
function unoffered(path: Path, raw: Raw): string | undefined {
  const isGroup = ['route', 'mode'].includes(String(path.at(-1))) && at(raw.data, path) === 'group';
  return isGroup && at(raw.data, ['platform']) === 'bcs' ? `${place(path, raw)}: ${NO_GROUP_ROUTE}` : undefined;
}

function missing(path: Path, where: string): string {
  if (path.join('.') !== 'targets') return `${where} is missing.`;
  return 'No target is given: name one by the inputs blue, green, service and manifest, or several in a config file.';
}

/** The alternative that was meant is the one that got furthest: its issues lie deeper than those of the others. */
function unionSentences(issue: Extract<Issue, { code: 'invalid_union' }>, raw: Raw, path: Path): readonly string[] {
  const depth = (issues: readonly Issue[]) => Math.min(...issues.map(each => each.path.length));
  const best = issue.errors.filter(issues => issues.length > 0).sort((a, b) => depth(b) - depth(a))[0];
  if (!best || depth(best) === 0) {
    return [`${place(path, raw)} ${issue.message.replace(/\.$/, '')}; it is ${shown(at(raw.data, path))}.`];
  }
  return best.flatMap(each => sentences(each, raw, path));
}

/** Such as `; did you mean blue`; nothing where most of the letters would have to be others. */
export function nearest(key: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const found = closest(key, [...known]);
  const isNear = distance(key, found) <= Math.ceil(Math.max(key.length, found.length) / 2);
  return isNear ? `; did you mean ${found}` : '';
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? `"${value}"` : JSON.stringify(value);
  return text && text.length > 80 ? `${text.slice(0, 80)}…` : (text ?? 'missing');
}

/** The keys that may stand at a path, from the same schema that editors use. */
function knownKeys(path: Path): readonly string[] {
  let schemas = [z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' }) as JsonSchema];
  for (const part of path) schemas = schemas.flatMap(alternatives).flatMap(schema => child(schema, part));
  return [...new Set(schemas.flatMap(alternatives).flatMap(schema => Object.keys(schema.properties ?? {})))];
}

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

function alternatives(schema: JsonSchema): readonly JsonSchema[] {
  return schema.anyOf ? schema.anyOf.flatMap(alternatives) : [schema];
}

function child(schema: JsonSchema, part: PropertyKey): readonly JsonSchema[] {
  const next = typeof part === 'number' ? schema.items : schema.properties?.[String(part)];
  return next ? [next] : [];
}
