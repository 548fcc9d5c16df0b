import { controllerReference, type Labels, type Pod, type Workload } from '../objects.js';

/** A new pod of a workload. */
export function podFrom(owner: Workload, name?: string, labels: Labels = {}): Pod {
  const { template } = owner.spec;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: name ?? '',
      ...(name === undefined ? { generateName: `${owner.metadata.name}-` } : {}),
      labels: { ...template.metadata?.labels, ...labels },
      ...(template.metadata?.annotations === undefined ? {} : { annotations: template.metadata.annotations }),
      ownerReferences: [controllerReference(owner)],
    },
    spec: { ...template.spec, serviceAccountName: template.spec.serviceAccountName ?? 'default' },
  };
}
