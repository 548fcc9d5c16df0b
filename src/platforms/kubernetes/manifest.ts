/** A target's manifest: YAML documents, of which exactly one is the workload. Read and examined without any contact. */
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { TargetConfig } from '../../config/schema.js';
import { findFiles } from './files.js';
import type { Autoscaler, DisruptionBudget, KubernetesObject, Service, Workload } from './objects.js';
import { isWorkloadKind, SUPPORTED_WORKLOADS, workloadKind } from './workloads.js';
import { readYaml } from './yaml.js';

export interface Manifest {
  readonly workload: Workload;
  readonly autoscaler: Autoscaler | undefined;
  readonly budget: DisruptionBudget | undefined;
  readonly services: readonly Service[];
  /** Everything that is neither the workload nor named after the slot: ConfigMaps, Secrets, routing, ... in file order. */
  readonly others: readonly KubernetesObject[];
}

export interface ManifestReading {
  /** Undefined when the target has no manifest, or when there are mistakes. */
  readonly manifest: Manifest | undefined;
  /** One sentence each, with file and line where that can be said. */
  readonly mistakes: readonly string[];
}

interface Document {
  readonly file: string;
  readonly object: KubernetesObject;
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
  return sortDocuments(target, documents);
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

function sortDocuments(target: TargetConfig, documents: readonly Document[]): ManifestReading {
  const named = (kind: string) => documents.filter(({ object }) => object.kind === kind);
  const workloads = documents.filter(({ object }) => isWorkloadKind(object.kind));
  const autoscalers = named('HorizontalPodAutoscaler');
  const budgets = named('PodDisruptionBudget');
  const workload = workloads[0]?.object as Workload | undefined;
  const mistakes = [
    ...duplicates(documents),
    ...workloadMistakes(target, workloads),
    ...(workload ? contentMistakes(target, workload) : []),
    ...tooMany(autoscalers, 'HorizontalPodAutoscaler'),
    ...tooMany(budgets, 'PodDisruptionBudget'),
    ...(workload ? autoscalers.flatMap(one => autoscalerMistakes(one, workload)) : []),
  ];
  if (mistakes.length || !workload) return { manifest: undefined, mistakes };
  const apart = new Set([workloads[0], autoscalers[0], budgets[0]]);
  const manifest = {
    workload,
    autoscaler: autoscalers[0]?.object as Autoscaler | undefined,
    budget: budgets[0]?.object as DisruptionBudget | undefined,
    services: named('Service').map(({ object }) => object as Service),
    others: documents.filter(one => !apart.has(one)).map(({ object }) => object),
  };
  return { manifest, mistakes };
}

function duplicates(documents: readonly Document[]): readonly string[] {
  const seen = new Map<string, string>();
  return documents.flatMap(({ file, object: { apiVersion, kind, metadata } }) => {
    const key = [apiVersion, kind, metadata.namespace, metadata.name].join('/');
    const before = seen.get(key);
    seen.set(key, file);
    return before === undefined ? [] : [`${kind} ${metadata.name} is defined twice, in ${before} and in ${file}.`];
  });
}

function workloadMistakes(target: TargetConfig, workloads: readonly Document[]): readonly string[] {
  if (workloads.length === 0) return [`${target.manifest} has no workload; it needs one ${SUPPORTED_WORKLOADS}.`];
  if (workloads.length > 1) {
    const names = workloads.map(({ file, object }) => `${object.kind} ${object.metadata.name} in ${file}`);
    return [`${target.manifest} has ${workloads.length} workloads, and a slot is one: ${names.join(', ')}.`];
  }
  return workloads.flatMap(({ file, object }) =>
    workloadKind(object)
      ? []
      : [
          `${object.apiVersion} ${object.kind} in ${file} is not supported yet; use a ${SUPPORTED_WORKLOADS} of apps/v1.`,
        ],
  );
}

function contentMistakes(target: TargetConfig, workload: Workload): readonly string[] {
  const mistakes: string[] = [];
  const { namespace, name } = workload.metadata;
  if (target.namespace !== undefined && namespace !== undefined && namespace !== target.namespace) {
    mistakes.push(`${workload.kind} ${name} says namespace ${namespace}, but the target says ${target.namespace}.`);
  }
  const containers = workload.spec?.template?.spec?.containers;
  if (!Array.isArray(containers) || containers.length === 0)
    mistakes.push(`${workload.kind} ${name} has no containers.`);
  return mistakes;
}

function tooMany(documents: readonly Document[], kind: string): readonly string[] {
  return documents.length > 1 ? [`There are ${documents.length} ${kind}s, and a slot can have one.`] : [];
}

function autoscalerMistakes({ file, object }: Document, workload: Workload): readonly string[] {
  const scales = (object as Autoscaler).spec?.scaleTargetRef;
  if (scales?.kind === workload.kind && scales.name === workload.metadata.name) return [];
  const found = scales ? `${scales.kind} ${scales.name}` : 'nothing';
  const wanted = `${workload.kind} ${workload.metadata.name}`;
  return [`HorizontalPodAutoscaler ${object.metadata.name} in ${file} scales ${found}, and should scale ${wanted}.`];
}
