import type { KubernetesObject } from './objects.js';
import { apiVersionOf, findResource, type Resource } from './resources.js';

/**
 * Kinds that are served in several versions and stored in one, as in the real API server. Of an older
 * HorizontalPodAutoscaler what this version cannot say is left out; the real one keeps it in annotations.
 */
const autoscalersV1 = findResource('autoscaling', 'v1', 'horizontalpodautoscalers');
const autoscalersV2 = findResource('autoscaling', 'v2', 'horizontalpodautoscalers');

interface Spec {
  readonly targetCPUUtilizationPercentage?: number;
  readonly metrics?: readonly Metric[];
  readonly [field: string]: unknown;
}
interface Metric {
  readonly type: string;
  readonly resource?: {
    readonly name: string;
    readonly target: { readonly type: string; readonly averageUtilization?: number };
  };
}

/** Where objects of this resource are stored. */
export function storedResource(resource: Resource): Resource {
  return resource === autoscalersV1 && autoscalersV2 ? autoscalersV2 : resource;
}

/** An object that was sent in the version of `resource`, as it is stored. */
export function toStored(resource: Resource, object: KubernetesObject): KubernetesObject {
  const stored = storedResource(resource);
  if (stored === resource) return object;
  const { targetCPUUtilizationPercentage: averageUtilization, ...spec } = (object.spec ?? {}) as Spec;
  const cpu = { name: 'cpu', target: { type: 'Utilization', averageUtilization } };
  const metrics = averageUtilization === undefined ? {} : { metrics: [{ type: 'Resource', resource: cpu }] };
  return { ...object, apiVersion: apiVersionOf(stored), spec: { ...spec, ...metrics } };
}

/** A stored object in the version of `resource`. */
export function fromStored(resource: Resource, object: KubernetesObject): KubernetesObject {
  if (storedResource(resource) === resource || object.kind !== resource.kind) return object;
  const { metrics = [], behavior: _behavior, ...spec } = (object.spec ?? {}) as Spec;
  const cpu = metrics.find(({ type, resource: of }) => type === 'Resource' && of?.name === 'cpu');
  const percentage = cpu?.resource?.target.averageUtilization;
  const target = percentage === undefined ? {} : { targetCPUUtilizationPercentage: percentage };
  return { ...object, apiVersion: apiVersionOf(resource), spec: { ...spec, ...target } };
}
