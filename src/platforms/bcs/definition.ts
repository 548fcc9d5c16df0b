/** A target's definition: one deployment that serves both slots, and what else its files hold. Read without any contact. */
import type { TargetConfig } from '../../config/schema.js';
import type { Slot } from '../../release/model.js';
import { type Document, readDocuments } from './files.js';
import { type Definition, type Labels, type Service, SLOT_LABEL, VERSION_LABEL } from './objects.js';
import { deploymentShape, misfits, serviceShape } from './shapes.js';

export interface Reading {
  /** Undefined when the target names no manifest, or when there are mistakes. */
  readonly definition: Definition | undefined;
  /** Services beside it: they are not written, and looked at for what is wrong with them. */
  readonly services: readonly Service[];
  /** What makes it unusable, one sentence each. */
  readonly mistakes: readonly string[];
  /** Where JSON has a comma too many, for which BCS's own client would refuse it. */
  readonly strayCommas: readonly string[];
}

const NOTHING: Reading = { definition: undefined, services: [], mistakes: [], strayCommas: [] };

/** Reads the definition and collects all mistakes; what the file system throws is thrown. */
export async function readDefinition(target: TargetConfig, workspace: string): Promise<Reading> {
  const { manifest, image } = target;
  if (manifest === undefined) return NOTHING;
  const { documents, mistakes: unreadable, strayCommas } = await readDocuments(manifest, workspace);
  if (unreadable.length > 0) return { ...NOTHING, mistakes: unreadable };
  const deployments = documents.filter(({ kind }) => kind === 'deployment');
  const services = documents.filter(({ kind }) => kind === 'service');
  const mistakes = [...mistakesOf(manifest, documents, deployments), ...mistakesOfServices(manifest, services)];
  if (mistakes.length > 0) return { ...NOTHING, mistakes, strayCommas };
  const [definition] = deployments as unknown as readonly Definition[];
  const chosen = definition && image !== undefined ? withImage(definition, image) : definition;
  return { definition: chosen, services: services as unknown as readonly Service[], mistakes, strayCommas };
}

function mistakesOf(file: string, all: readonly Document[], deployments: readonly Document[]): readonly string[] {
  const [definition, ...others] = deployments;
  if (!definition) {
    const isOfKubernetes = all.some(({ apiVersion, kind }) => kind === 'Deployment' || apiVersion === 'apps/v1');
    const hint = isOfKubernetes ? ' A Deployment of Kubernetes needs bcs.orchestrator: kubernetes.' : '';
    return [`${file} holds no definition with kind: deployment.${hint}`];
  }
  if (others.length > 0) return [`${file} holds ${deployments.length} deployments; one serves both slots.`];
  const wrong = misfits(deploymentShape, definition);
  if (wrong.length > 0) return wrong.map(sentence => `${file}: in the deployment, ${sentence}.`);
  const { spec } = definition as unknown as Definition;
  if (Object.keys(spec.selector ?? {}).length === 0) return [];
  return [
    `${file} has spec.selector: with it BCS deletes every application that one of its labels matches, blue too. Leave it out.`,
  ];
}

function mistakesOfServices(file: string, services: readonly Document[]): readonly string[] {
  return services.flatMap(service =>
    misfits(serviceShape, service).map(sentence => `${file}: in a service, ${sentence}.`),
  );
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

/** What a slot becomes: named after it, told apart by its own label and by every label that carried a slot's name. */
export function deploymentOf(
  definition: Definition,
  target: TargetConfig,
  slot: Slot,
  version: string,
  size: number,
  namespace: string,
): Definition {
  const { metadata, spec } = definition;
  const own = (labels: Labels | null | undefined) => labelsOf(labels, target, slot);
  const labels = { ...own(metadata.labels), [SLOT_LABEL]: slot, [VERSION_LABEL]: version };
  const { labels: inTemplate } = spec.template.metadata ?? {};
  const template = {
    ...spec.template,
    ...(inTemplate ? { metadata: { ...spec.template.metadata, labels: own(inTemplate) } } : {}),
  };
  const { annotations } = metadata;
  return {
    ...definition,
    // What the body says is what BCS writes, whatever the path of the request names.
    metadata: {
      ...metadata,
      name: slot,
      namespace,
      labels,
      ...(annotations ? { annotations: own(annotations) } : {}),
    },
    spec: { ...spec, instance: size, template },
  };
}

/** A label whose value is the name of either slot names this slot from now on. */
function labelsOf(labels: Labels | null | undefined, { slots }: TargetConfig, slot: Slot): Labels {
  const named = [slots.blue, slots.green];
  return Object.fromEntries(
    Object.entries(labels ?? {}).map(([key, value]) => [key, named.includes(value) ? slot : value]),
  );
}
