/** A target's app definition: one JSON or YAML document that serves both slots. Read without any contact. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { load, YAMLException } from 'js-yaml';
import type { TargetConfig } from '../../config/schema.js';
import type { Slot } from '../../release/model.js';
import { appId } from './apps.js';
import { type App, type AppDefinition, type Definition, DIGEST_LABEL, SLOT_LABEL, VERSION_LABEL } from './objects.js';

export interface Reading {
  /** Undefined when the target names no manifest, or when there are mistakes. */
  readonly definition: Definition | undefined;
  /** One sentence each. */
  readonly mistakes: readonly string[];
}

/** What Marathon writes into an app and refuses or ignores in a definition: they are often saved from a running one. */
const WRITTEN_BY_MARATHON: readonly string[] = [
  'version',
  'versionInfo',
  'tasks',
  'tasksStaged',
  'tasksRunning',
  'tasksHealthy',
  'tasksUnhealthy',
  'deployments',
  'readinessCheckResults',
  'lastTaskFailure',
  'taskStats',
];

/** Reads the definition and collects all mistakes; what the file system throws is thrown. */
export async function readDefinition(target: TargetConfig, workspace: string): Promise<Reading> {
  const { manifest, image } = target;
  if (manifest === undefined) return { definition: undefined, mistakes: [] };
  let document: unknown;
  try {
    document = load(await readFile(resolve(workspace, manifest), 'utf8'), { filename: manifest });
  } catch (error) {
    if (error instanceof YAMLException)
      return { definition: undefined, mistakes: [`${manifest} is neither JSON nor YAML: ${error.reason}.`] };
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' && (error as NodeJS.ErrnoException).code !== 'EISDIR')
      throw error;
    return { definition: undefined, mistakes: [`${manifest} is not a file in the workspace.`] };
  }
  const mistakes = mistakesOf(manifest, document);
  if (mistakes.length > 0) return { definition: undefined, mistakes };
  const { id: _id, ...rest } = document as AppDefinition;
  const definition = Object.fromEntries(
    Object.entries(rest).filter(([field]) => !WRITTEN_BY_MARATHON.includes(field)),
  ) as Definition;
  if (image === undefined) return { definition, mistakes: [] };
  if (definition.container?.docker === undefined)
    return { definition: undefined, mistakes: [`${manifest} has no container.docker, so image has no place in it.`] };
  return { definition: withImage(definition, image), mistakes: [] };
}

function mistakesOf(file: string, document: unknown): readonly string[] {
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    return [`${file} must hold one app definition, an object.`];
  const fields = document as Readonly<Record<string, unknown>>;
  if ('containers' in fields) return [`${file} defines a pod, and only apps are supported.`];
  if ('apps' in fields || 'groups' in fields) return [`${file} defines a group; give one app, and a target for each.`];
  if (!('cmd' in fields) && !('args' in fields) && !('container' in fields))
    return [`${file} has neither cmd nor args nor container, so it says nothing that could be run.`];
  const { instances } = fields;
  if (instances !== undefined && (!Number.isInteger(instances) || Number(instances) < 0))
    return [`${file} has instances ${JSON.stringify(instances)}, which is no number of instances.`];
  return [];
}

function withImage(definition: Definition, image: string): Definition {
  const { container } = definition;
  return { ...definition, container: { ...container, docker: { ...container?.docker, image } } };
}

export function definedSize({ instances }: Definition): number {
  return instances ?? 1;
}

/** The app that a slot becomes. The digest tells later whether an app is made from this very definition. */
export function appOf(definition: Definition, slot: Slot, version: string, size: number): AppDefinition {
  const labels = { ...definition.labels, [SLOT_LABEL]: slot, [VERSION_LABEL]: version };
  const { instances: _instances, ...rest } = definition;
  const digest = createHash('sha256')
    .update(JSON.stringify({ ...rest, labels }))
    .digest('hex')
    .slice(0, 16);
  return { ...rest, id: appId(slot), instances: size, labels: { ...labels, [DIGEST_LABEL]: digest } };
}

export function isMadeFrom(app: App, wanted: AppDefinition): boolean {
  const digest = wanted.labels?.[DIGEST_LABEL];
  return digest !== undefined && app.labels?.[DIGEST_LABEL] === digest;
}
