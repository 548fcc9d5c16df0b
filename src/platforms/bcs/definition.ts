/** A target's definition: one deployment that serves both slots, and what else its files hold. Read without any contact. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { loadAll, YAMLException } from 'js-yaml';
import type { TargetConfig } from '../../config/schema.js';
import type { Slot } from '../../release/model.js';
import { type Definition, type Labels, type Service, SLOT_LABEL, VERSION_LABEL } from './objects.js';

export interface Reading {
  /** Undefined when the target names no manifest, or when there are mistakes. */
  readonly definition: Definition | undefined;
  /** Services in the same file: they are not written, and looked at for what is wrong with them. */
  readonly services: readonly Service[];
  /** What makes it unusable, one sentence each. */
  readonly mistakes: readonly string[];
  /** Whether JSON was meant, and BCS's own client would refuse it for a comma too many. */
  readonly hasStrayComma: boolean;
}

const NOTHING: Reading = { definition: undefined, services: [], mistakes: [], hasStrayComma: false };

/** Reads the definition and collects all mistakes; what the file system throws is thrown. */
export async function readDefinition(target: TargetConfig, workspace: string): Promise<Reading> {
  const { manifest, image } = target;
  if (manifest === undefined) return NOTHING;
  const read = await documentsOf(manifest, workspace);
  if ('mistake' in read) return { ...NOTHING, mistakes: [read.mistake] };
  const deployments = read.documents.filter(({ kind }) => kind === 'deployment');
  const services = read.documents.filter(({ kind }) => kind === 'service') as unknown as Service[];
  const mistakes = mistakesOf(manifest, deployments);
  const [definition] = deployments as unknown as Definition[];
  const { hasStrayComma } = read;
  if (mistakes.length > 0 || !definition) return { ...NOTHING, services, mistakes, hasStrayComma };
  return {
    definition: image === undefined ? definition : withImage(definition, image),
    services,
    mistakes,
    hasStrayComma,
  };
}

type Document = Readonly<Record<string, unknown>> & { readonly kind?: string };

async function documentsOf(
  manifest: string,
  workspace: string,
): Promise<{ documents: readonly Document[]; hasStrayComma: boolean } | { mistake: string }> {
  try {
    const text = await readFile(resolve(workspace, manifest), 'utf8');
    // YAML allows a comma behind the last entry, and so does the guide; JSON does not.
    const documents = loadAll(text, { filename: manifest }).filter(isObject);
    return { documents, hasStrayComma: text.trimStart().startsWith('{') && !isJson(text) };
  } catch (error) {
    if (error instanceof YAMLException) return { mistake: `${manifest} is neither JSON nor YAML: ${error.reason}.` };
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EISDIR') throw error;
    return { mistake: `${manifest} is not a file in the workspace.` };
  }
}

function isObject(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function mistakesOf(file: string, deployments: readonly Document[]): readonly string[] {
  const [definition, ...others] = deployments as unknown as Definition[];
  if (!definition) return [`${file} holds no definition with kind: deployment.`];
  if (others.length > 0) return [`${file} holds ${deployments.length} deployments; one serves both slots.`];
  const mistakes: string[] = [];
  if (!definition.spec?.template?.spec?.containers?.length)
    mistakes.push(`${file} has no containers in spec.template.spec.`);
  if (Object.keys(definition.spec?.selector ?? {}).length > 0) {
    mistakes.push(
      `${file} has spec.selector: with it BCS deletes every application that one of its labels matches, blue too. Leave it out.`,
    );
  }
  return mistakes;
}

function withImage(definition: Definition, image: string): Definition {
  const { spec } = definition;
  const [first, ...rest] = spec.template.spec.containers;
  const containers = first ? [{ ...first, image }, ...rest] : rest;
  return {
    ...definition,
    spec: { ...spec, template: { ...spec.template, spec: { ...spec.template.spec, containers } } },
  };
}

export function definedSize({ spec }: Definition): number {
  return spec.instance ?? 1;
}

/** What a slot becomes: named after it, and told apart by every label that carried the definition's own name. */
export function deploymentOf(
  definition: Definition,
  target: TargetConfig,
  slot: Slot,
  version: string,
  size: number,
  namespace: string,
): Definition {
  const { metadata, spec } = definition;
  const own = (labels: Labels | null | undefined) => labelsOf(labels, metadata.name, target, slot);
  const labels = { ...own(metadata.labels), [SLOT_LABEL]: slot, [VERSION_LABEL]: version };
  const { labels: inTemplate } = spec.template.metadata ?? {};
  const template = {
    ...spec.template,
    ...(inTemplate ? { metadata: { ...spec.template.metadata, labels: own(inTemplate) } } : {}),
  };
  return {
    ...definition,
    metadata: { ...metadata, name: slot, namespace: metadata.namespace ?? namespace, labels },
    spec: { ...spec, instance: size, template },
  };
}

/** A label whose value is the name of the definition, or of either slot, names the slot from now on. */
function labelsOf(labels: Labels | null | undefined, name: string, { slots }: TargetConfig, slot: Slot): Labels {
  const named = [name, slots.blue, slots.green];
  return Object.fromEntries(
    Object.entries(labels ?? {}).map(([key, value]) => [key, named.includes(value) ? slot : value]),
  );
}
