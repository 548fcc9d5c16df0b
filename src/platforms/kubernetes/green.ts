/** What a slot will be: objects derived from the manifest, under the slot's name. Pure. */
import type { TargetConfig } from '../../config/schema.js';
import { withImages } from './images.js';
import {
  COMPANIONS_ANNOTATION,
  MANAGED_LABEL,
  matches,
  SLOT_LABEL,
  selectorMatches,
  VERSION_ANNOTATION,
} from './labels.js';
import type { Manifest } from './manifest.js';
import type { Autoscaler, DisruptionBudget, KubernetesObject, LabelSelector, Labels, Workload } from './objects.js';

/** Who a slot is in this release. */
export interface Green {
  readonly slot: string;
  readonly namespace: string;
  readonly version: string;
  readonly size: number;
  /** Labels of its pods, the slot label included (`selectors.ts`). */
  readonly labels: Labels;
  /** That of a workload which exists already; a new one selects by the slot alone. */
  readonly selector?: LabelSelector | undefined;
}

/** Labels of the manifest's pods. */
export function manifestLabels(manifest: Manifest): Labels {
  return manifest.workload.spec.template.metadata?.labels ?? {};
}

export function manifestSize(manifest: Manifest): number {
  return manifest.workload.spec.replicas ?? 1;
}

export function greenWorkload(
  manifest: Manifest,
  images: Pick<TargetConfig, 'image' | 'images'>,
  green: Green,
): Workload {
  const { workload } = manifest;
  const { template } = workload.spec;
  const version = { [VERSION_ANNOTATION]: green.version };
  const companions = companionKinds(manifest).join(',');
  return {
    ...workload,
    metadata: {
      ...slotMetadata(workload, green),
      annotations: {
        ...workload.metadata.annotations,
        ...version,
        ...(companions ? { [COMPANIONS_ANNOTATION]: companions } : {}),
      },
    },
    spec: {
      ...workload.spec,
      replicas: green.size,
      selector: green.selector ?? { matchLabels: { [SLOT_LABEL]: green.slot } },
      template: {
        ...template,
        metadata: {
          ...template.metadata,
          labels: green.labels,
          annotations: { ...template.metadata?.annotations, ...version },
        },
        spec: withImages(images, template.spec),
      },
    },
  };
}

/** `held`: no smaller than the wanted size, whatever the load says, until the switch has settled. */
export function greenAutoscaler(manifest: Manifest, green: Green, held: boolean): Autoscaler | undefined {
  const { autoscaler, workload } = manifest;
  if (!autoscaler) return undefined;
  const { minReplicas = 1, maxReplicas } = autoscaler.spec;
  const bounds = held
    ? { minReplicas: Math.max(minReplicas, green.size), maxReplicas: Math.max(maxReplicas, green.size) }
    : {};
  const scaleTargetRef = { apiVersion: workload.apiVersion, kind: workload.kind, name: green.slot };
  return {
    ...autoscaler,
    metadata: slotMetadata(autoscaler, green),
    spec: { ...autoscaler.spec, ...bounds, scaleTargetRef },
  };
}

export function greenBudget(manifest: Manifest, green: Green): DisruptionBudget | undefined {
  const { budget } = manifest;
  if (!budget) return undefined;
  const selector = { matchLabels: { [SLOT_LABEL]: green.slot } };
  return { ...budget, metadata: slotMetadata(budget, green), spec: { ...budget.spec, selector } };
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

/** Kinds that the manifest puts beside the workload, under the slot's name. */
export function companionKinds(manifest: Manifest): readonly string[] {
  return [manifest.autoscaler, manifest.budget].flatMap(one => (one ? [one.kind] : []));
}

function slotMetadata(object: KubernetesObject, green: Green): KubernetesObject['metadata'] {
  return {
    ...object.metadata,
    name: green.slot,
    namespace: green.namespace,
    labels: { ...object.metadata.labels, [MANAGED_LABEL]: 'true', [SLOT_LABEL]: green.slot },
  };
}
