import { parseImage } from '../names.js';
import type { Container, KubernetesObject, Pod, PodSpec, PodTemplate } from '../objects.js';
import type { FieldError } from '../status.js';
import { type Kind, missing, wrong } from './kind.js';
import { requireStrings, validateLabels } from './metadata.js';

/** What the real server adds to the pods and pod templates that people write. */
export function defaultPodSpec(spec: PodSpec): PodSpec {
  return {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
    ...spec,
    containers: (spec.containers ?? []).map(defaultContainer),
  };
}

function defaultContainer(container: Container): Container {
  const { tag, digest } = parseImage(container.image ?? '') ?? {};
  const latest = digest === undefined && (tag === undefined || tag === 'latest');
  return {
    resources: {},
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: latest ? 'Always' : 'IfNotPresent',
    ...container,
    ...(container.ports === undefined
      ? {}
      : { ports: container.ports.map(port => ({ ...port, protocol: port.protocol ?? 'TCP' })) }),
  };
}

export function defaultTemplate(template: PodTemplate | undefined): PodTemplate {
  return {
    ...template,
    metadata: { ...template?.metadata },
    spec: defaultPodSpec(template?.spec ?? { containers: [] }),
  };
}

export function validatePodSpec(field: string, spec: PodSpec): FieldError[] {
  if (spec.containers.length === 0) return [missing(`${field}.containers`)];
  const names = spec.containers.map(container => container.name);
  return spec.containers.flatMap((container, index) => {
    const path = `${field}.containers[${index}]`;
    return [
      ...(container.name ? [] : [missing(`${path}.name`)]),
      ...(container.image ? [] : [missing(`${path}.image`)]),
      ...(names.indexOf(container.name) === index ? [] : [wrong(`${path}.name`, container.name, 'Duplicate value')]),
    ];
  });
}

export function validateTemplate(kind: string, version: string, template: PodTemplate): FieldError[] {
  requireStrings(kind, version, 'ObjectMeta.spec.template.metadata.labels', template.metadata?.labels);
  requireStrings(kind, version, 'ObjectMeta.spec.template.metadata.annotations', template.metadata?.annotations);
  return [
    ...validateLabels('spec.template.labels', template.metadata?.labels),
    ...validatePodSpec('spec.template.spec', template.spec),
  ];
}

export const podKind: Kind = {
  defaults(object, _allocator, current) {
    const pod = object as Pod;
    const spec = defaultPodSpec(pod.spec ?? { containers: [] });
    return current === undefined
      ? { ...pod, spec, status: { phase: 'Pending', qosClass: 'BestEffort' } }
      : { ...pod, spec };
  },
  validate(object: KubernetesObject, current) {
    const pod = object as Pod;
    const before = current as Pod | undefined;
    const moved = before?.spec.nodeName !== undefined && before.spec.nodeName !== pod.spec.nodeName;
    return [
      ...validatePodSpec('spec', pod.spec),
      ...(moved ? [wrong('spec.nodeName', pod.spec.nodeName ?? '', 'field is immutable')] : []),
    ];
  },
};
