import type { KubernetesObject, Workload } from '../objects.js';

/** The Scale of a workload: its size, as a kind of its own. */
export function scaleOf(object: KubernetesObject): KubernetesObject {
  const { metadata, spec, status } = object as Workload;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  const labels = Object.entries(spec.selector.matchLabels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp } as KubernetesObject['metadata'],
    spec: { replicas: spec.replicas ?? 0 },
    status: { replicas: status?.replicas ?? 0, selector: labels.map(pair => pair.join('=')).join(',') },
  };
}

/** The workload with the size, and under the condition (resourceVersion), that a Scale asks for. */
export function fromScale(current: KubernetesObject, scale: KubernetesObject): KubernetesObject {
  const { replicas = 0 } = (scale.spec ?? {}) as { replicas?: number };
  const { resourceVersion } = scale.metadata;
  const metadata = { ...current.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  return { ...current, metadata, spec: { ...(current as Workload).spec, replicas } };
}
