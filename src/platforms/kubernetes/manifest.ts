/** A target's manifest: YAML documents, of which one or several are the slot's workloads. Read and examined without any contact. */
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { TargetConfig } from '../../config/schema.js';
import { arrange, type Document } from './arrangement.js';
import { findFiles } from './files.js';
import type { Autoscaler, DisruptionBudget, KubernetesObject, Service, Workload } from './objects.js';
import { readYaml } from './yaml.js';

/** A workload of a slot, and what stands beside it under the same name. */
export interface Member {
  readonly workload: Workload;
  readonly autoscaler: Autoscaler | undefined;
  readonly budget: DisruptionBudget | undefined;
}

/** The main workload, which gets the slot's name, and all that comes with it. */
export interface Manifest extends Member {
  /** Further workloads of a slot; their names get the slot's behind them. */
  readonly members: readonly Member[];
  /** ConfigMaps, Secrets and governing Services that each slot gets a copy of its own of. */
  readonly copies: readonly KubernetesObject[];
  readonly services: readonly Service[];
  /** Everything that both slots share: ConfigMaps, Secrets, routing, ... in file order. */
  readonly others: readonly KubernetesObject[];
}

export interface ManifestReading {
  /** Undefined when the target has no manifest, or when there are mistakes. */
  readonly manifest: Manifest | undefined;
  /** One sentence each, with file and line where that can be said. */
  readonly mistakes: readonly string[];
}

/** Reads and sorts the documents. All mistakes are collected; what the file system throws is thrown. */
export async function readManifest(target: TargetConfig, workspace: string): Promise<ManifestReading> {
  if (target.manifest === undefined) return { manifest: undefined, mistakes: [] };
  const files = await findFiles(target.manifest, workspace);
  if (files.length === 0) {
    return { manifest: undefined, mistakes: [`${target.manifest} names no YAML file under ${workspace}.`] };
  }
  const mistakes: string[] = [];
  const documents: Document[] = [];
  for (const path of files) {
    const file = relative(workspace, path) || path;
    readDocuments(file, await readFile(path, 'utf8'), documents, mistakes);
  }
  if (mistakes.length) return { manifest: undefined, mistakes };
  return arrange(target, documents);
}

function readDocuments(file: string, text: string, documents: Document[], mistakes: string[]): void {
  const read = readYaml(text);
  if ('mistake' in read) {
    const { line, reason } = read.mistake;
    mistakes.push(`${file}${line === undefined ? '' : `, line ${line}`} is not valid YAML: ${reason}.`);
    return;
  }
  read.documents.flatMap(expandList).forEach((value, index) => {
    const missing = missingField(value);
    if (missing) mistakes.push(`Document ${index + 1} of ${file} is not a Kubernetes object: it has no ${missing}.`);
    else documents.push({ file, object: asWritten(value as KubernetesObject) });
  });
}

function expandList(value: unknown): readonly unknown[] {
  const list = value as { kind?: unknown; items?: unknown };
  return list?.kind === 'List' && Array.isArray(list.items) ? list.items : [value];
}

/** Without what only a server writes: documents are often saved from a running cluster. */
function asWritten(object: KubernetesObject): KubernetesObject {
  const { status: _status, ...rest } = object;
  const { uid, resourceVersion, generation, creationTimestamp, managedFields, selfLink, ...metadata } = object.metadata;
  return { ...rest, metadata } as KubernetesObject;
}

function missingField(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'apiVersion';
  const { apiVersion, kind, metadata } = value as Record<string, unknown>;
  if (typeof apiVersion !== 'string') return 'apiVersion';
  if (typeof kind !== 'string') return 'kind';
  const name = (metadata as { name?: unknown } | undefined)?.name;
  return typeof name === 'string' && name !== '' ? undefined : 'metadata.name';
}
