/** A target's manifest.yml: one app that serves both slots, without what would route it. Read without any contact. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { load, YAMLException } from 'js-yaml';
import type { TargetConfig } from '../../config/schema.js';

/** Where green's program comes from. */
export type Source =
  | { readonly kind: 'docker'; readonly image: string; readonly username?: string; readonly password?: string }
  | { readonly kind: 'bits'; readonly path: string }
  | {
      readonly kind: 'droplet';
      readonly app: string;
      readonly org?: string | undefined;
      readonly space?: string | undefined;
    };

export type Fields = Readonly<Record<string, unknown>>;

export interface Definition {
  /** The app as the manifest says it, without its name, its routes and its program. */
  readonly fields: Fields;
  readonly instances: number | undefined;
  /** Undefined: this verb needs none, or it is a mistake. */
  readonly source: Source | undefined;
  /** Fields that route an app, which were left out. */
  readonly stripped: readonly string[];
  /** What makes it unusable, one sentence each. */
  readonly mistakes: readonly string[];
}

/** What routes an app, or says its name; a `push` with them would move users before anybody has tested anything. */
const ROUTING = [
  'routes',
  'route',
  'no-route',
  'no-hostname',
  'random-route',
  'default-route',
  'host',
  'hosts',
  'domain',
  'domains',
];
const APART = ['name', 'path', 'docker', 'instances', ...ROUTING];

/** Reads the manifest and collects all mistakes; what the file system throws is thrown. */
export async function readDefinition(target: TargetConfig, workspace: string): Promise<Definition> {
  const { manifest } = target;
  const read = manifest === undefined ? { fields: {} } : await fieldsOf(manifest, target, workspace);
  if ('mistake' in read)
    return { fields: {}, instances: undefined, source: undefined, stripped: [], mistakes: [read.mistake] };
  const { fields } = read;
  const found = sourcesOf(target, fields, resolve(workspace, dirname(manifest ?? '.')), workspace);
  const web = processesOf(fields).find(({ type }) => type === 'web');
  return {
    fields: Object.fromEntries(Object.entries(fields).filter(([name]) => !APART.includes(name))),
    instances: numberOf(web?.instances) ?? numberOf(fields.instances),
    source: found[0],
    stripped: ROUTING.filter(name => fields[name] !== undefined),
    mistakes: mistakesOf(manifest, fields, found),
  };
}

async function fieldsOf(
  manifest: string,
  target: TargetConfig,
  workspace: string,
): Promise<{ fields: Fields } | { mistake: string }> {
  let document: unknown;
  try {
    document = load(await readFile(resolve(workspace, manifest), 'utf8'), { filename: manifest });
  } catch (error) {
    if (error instanceof YAMLException) return { mistake: `${manifest} is not YAML: ${error.reason}.` };
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EISDIR') throw error;
    return { mistake: `${manifest} is not a file in the workspace.` };
  }
  const { applications } = (isFields(document) ? document : {}) as { applications?: unknown };
  const apps = Array.isArray(applications) ? applications.filter(isFields) : [];
  if (apps.length === 0) return { mistake: `${manifest} has no applications.` };
  const names = [target.name, target['cloud-foundry']?.app, ...Object.values(target.slots)];
  const fields = apps.length === 1 ? apps[0] : apps.find(({ name }) => names.includes(String(name)));
  if (fields) return { fields };
  return {
    mistake: `${manifest} holds ${apps.length} applications, and none of them is called ${target.name}, like the target.`,
  };
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function processesOf(fields: Fields): readonly Fields[] {
  return Array.isArray(fields.processes) ? fields.processes.filter(isFields) : [];
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : undefined;
}

/** What the target says comes before what the manifest says. */
function sourcesOf(target: TargetConfig, fields: Fields, folder: string, workspace: string): readonly Source[] {
  const own = target['cloud-foundry'] ?? {};
  const docker = isFields(fields.docker) ? fields.docker : {};
  const image = target.image ?? (typeof docker.image === 'string' ? docker.image : undefined);
  const username = typeof docker.username === 'string' ? { username: docker.username } : {};
  const said: readonly Source[] = [
    ...(own['droplet-of'] ? [{ kind: 'droplet' as const, ...own['droplet-of'] }] : []),
    ...(own.bits === undefined ? [] : [{ kind: 'bits' as const, path: resolve(workspace, own.bits) }]),
    ...(target.image === undefined
      ? []
      : [{ kind: 'docker' as const, image: target.image, ...(own.docker ?? username) }]),
  ];
  if (said.length > 0) return said;
  if (image !== undefined) return [{ kind: 'docker', image, ...(own.docker ?? username) }];
  return typeof fields.path === 'string' ? [{ kind: 'bits', path: resolve(folder, fields.path) }] : [];
}

function mistakesOf(manifest: string | undefined, fields: Fields, sources: readonly Source[]): readonly string[] {
  const mistakes: string[] = [];
  const place = manifest ?? 'the target';
  const [variable] = /\(\([^)]+\)\)/.exec(JSON.stringify(fields)) ?? [];
  if (variable) mistakes.push(`${place} has the variable ${variable}, which is not filled in; write the value.`);
  if (sources.length > 1) {
    const kinds = sources.map(({ kind }) => kind).join(' and ');
    mistakes.push(`Say where the program comes from once: ${kinds} are both given.`);
  }
  return mistakes;
}
