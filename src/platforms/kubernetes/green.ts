/** What a slot will be: objects derived from the manifest, under the slot's name. Pure. */
import type { TargetConfig } from '../../config/schema.js';
import { fingerprint } from '../../lib/fingerprint.js';
import { belongingsIn, belongingText } from './belongings.js';
import { copyName, copyOf, withCopies } from './copies.js';
import { withImages } from './images.js';
import {
  COMPANIONS_ANNOTATION,
  DEFINITION_ANNOTATION,
  MANAGED_LABEL,
  matches,
  SLOT_LABEL,
  selectorMatches,
  VERSION_ANNOTATION,
  WORKLOAD_LABEL,
} from './labels.js';
import type { Manifest, Member } from './manifest.js';
import type { Autoscaler, DisruptionBudget, KubernetesObject, LabelSelector, Labels, Workload } from './objects.js';

/** One workload of a slot in this release. */
export interface Green {
  readonly slot: string;
  /** The slot's own for the main workload; see `memberName`. */
  readonly name: string;
  readonly namespace: string;
  readonly version: string;
  readonly size: number;
  /** Labels of its pods, the slot label included (`selectors.ts`). */
  readonly labels: Labels;
  /** That of a workload which exists already; a new one selects by what is its alone. */
  readonly selector?: LabelSelector | undefined;
}

/** Labels of the main workload's pods, as the manifest has them and, where there are several, with whose they are. */
export function manifestLabels(manifest: Manifest): Labels {
  return { ...manifest.workload.spec.template.metadata?.labels, ...ownLabels(manifest, manifest) };
}

export function manifestSize(manifest: Manifest): number {
  return manifest.workload.spec.replicas ?? 1;
}

/** What a workload of the manifest is called in a slot. */
export function memberName(manifest: Manifest, member: Member, slot: string): string {
  return member.workload === manifest.workload ? slot : copyName(member.workload.metadata.name, slot);
}

/** Labels of the pods of a further workload of a slot. */
export function memberLabels(manifest: Manifest, member: Member, slot: string): Labels {
  const written = member.workload.spec.template.metadata?.labels;
  return { ...written, ...ownLabels(manifest, member), [SLOT_LABEL]: slot };
}

/** Tells the pods of one workload from those of the slot's others. */
function ownLabels({ members }: Manifest, { workload }: Member): Labels {
  return members.length === 0 ? {} : { [WORKLOAD_LABEL]: workload.metadata.name };
}

export function greenWorkload(
  manifest: Manifest,
  images: Pick<TargetConfig, 'image' | 'images'>,
  green: Green,
  member: Member = manifest,
): Workload {
  const isMain = member.workload === manifest.workload;
  const workload = withCopies(member.workload, manifest.copies, green.slot);
  const { template } = workload.spec;
  const version = { [VERSION_ANNOTATION]: green.version };
  const beside = isMain ? belongingsIn(manifest, green.slot).map(one => belongingText(one, green.slot)) : [];
  const spec = {
    ...workload.spec,
    replicas: green.size,
    selector: green.selector ?? { matchLabels: ownSelector(manifest, member, green.slot) },
    template: {
      ...template,
      metadata: {
        ...template.metadata,
        labels: green.labels,
        annotations: { ...template.metadata?.annotations, ...version },
      },
      spec: withImages(isMain ? images : { images: images.images }, template.spec),
    },
  };
  return {
    ...workload,
    metadata: {
      ...slotMetadata(workload, green),
      annotations: {
        ...workload.metadata.annotations,
        ...version,
        ...(beside.length ? { [COMPANIONS_ANNOTATION]: beside.join(',') } : {}),
        ...(workload.kind === 'StatefulSet' ? { [DEFINITION_ANNOTATION]: definitionOf(spec) } : {}),
      },
    },
    spec,
  };
}

function ownSelector(manifest: Manifest, member: Member, slot: string): Labels {
  return { [SLOT_LABEL]: slot, ...ownLabels(manifest, member) };
}

/** Equal for equal definitions, whatever the size. */
function definitionOf({ replicas: _replicas, ...rest }: Workload['spec']): string {
  return fingerprint(rest, 32);
}

/** `held`: no smaller than the wanted size, whatever the load says, until the switch has settled. */
export function greenAutoscaler(member: Member, green: Green, held: boolean): Autoscaler | undefined {
  const { autoscaler, workload } = member;
  if (!autoscaler) return undefined;
  const { minReplicas = 1, maxReplicas } = autoscaler.spec;
  const bounds = held
    ? { minReplicas: Math.max(minReplicas, green.size), maxReplicas: Math.max(maxReplicas, green.size) }
    : {};
  const scaleTargetRef = { apiVersion: workload.apiVersion, kind: workload.kind, name: green.name };
  return {
    ...autoscaler,
    metadata: slotMetadata(autoscaler, green),
    spec: { ...autoscaler.spec, ...bounds, scaleTargetRef },
  };
}

export function greenBudget(manifest: Manifest, green: Green, member: Member = manifest): DisruptionBudget | undefined {
  const { budget } = member;
  if (!budget) return undefined;
  const selector = { matchLabels: ownSelector(manifest, member, green.slot) };
  return { ...budget, metadata: slotMetadata(budget, green), spec: { ...budget.spec, selector } };
}

/** The slot's copy of what each slot has one of, in its namespace. */
export function greenCopy(object: KubernetesObject, { slot, namespace }: Pick<Green, 'slot' | 'namespace'>) {
  const copy = copyOf(object, slot);
  return { ...copy, metadata: slotMetadata(copy, { slot, namespace, name: copy.metadata.name }) };
}

/** An object that belongs to both slots: as written, in its own namespace, with the mark of this tool. */
export function sharedObject(object: KubernetesObject, namespace: string, namespaced: boolean): KubernetesObject {
  const place = namespaced ? { namespace: object.metadata.namespace ?? namespace } : {};
  const labels = { ...object.metadata.labels, [MANAGED_LABEL]: 'true' };
  return { ...object, metadata: { ...object.metadata, ...place, labels } };
}

/**
 * Green's labels so that an existing workload's selector, which cannot be changed, still selects its pods: what it asks
 * for is added. Undefined when that is impossible, or when a Service that has live traffic would then select green.
 */
export function fitLabels(labels: Labels, selector: LabelSelector, live: readonly Labels[]): Labels | undefined {
  const fitted = { ...selector.matchLabels, ...labels };
  if (!selectorMatches(selector, fitted)) return undefined;
  return live.some(selecting => matches(selecting, fitted)) ? undefined : fitted;
}

function slotMetadata(
  object: KubernetesObject,
  { slot, name, namespace }: Pick<Green, 'slot' | 'name' | 'namespace'>,
): KubernetesObject['metadata'] {
  return {
    ...object.metadata,
    name,
    namespace,
    labels: { ...object.metadata.labels, [MANAGED_LABEL]: 'true', [SLOT_LABEL]: slot },
  };
}
