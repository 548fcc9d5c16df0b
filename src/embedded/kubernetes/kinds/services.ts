import type { KubernetesObject, Service, ServicePort } from '../objects.js';
import type { FieldError } from '../status.js';
import { type Allocator, type Kind, missing, wrong } from './kind.js';
import { requireStrings, validateLabels } from './metadata.js';

export const serviceKind: Kind = {
  defaults(object, allocator, current) {
    const service = object as Service;
    const before = (current as Service | undefined)?.spec;
    const type = service.spec?.type ?? 'ClusterIP';
    const spec: Service['spec'] = { sessionAffinity: 'None', ...service.spec, type };
    if (type === 'ExternalName') return { ...service, spec, status: service.status ?? { loadBalancer: {} } };
    const clusterIP = spec.clusterIP || before?.clusterIP || allocator.clusterIP();
    return {
      ...service,
      spec: {
        ...spec,
        ...(spec.ports === undefined
          ? {}
          : { ports: spec.ports.map(port => defaultPort(port, type, allocator, before?.ports)) }),
        clusterIP,
        clusterIPs: [clusterIP],
        ipFamilies: spec.ipFamilies ?? ['IPv4'],
        ipFamilyPolicy: spec.ipFamilyPolicy ?? 'SingleStack',
        internalTrafficPolicy: spec.internalTrafficPolicy ?? 'Cluster',
      },
      status: service.status ?? { loadBalancer: {} },
    };
  },
  validate: validateService,
};

function defaultPort(
  port: ServicePort,
  type: string,
  allocator: Allocator,
  before: readonly ServicePort[] | undefined,
): ServicePort {
  const known = before?.find(other => other.port === port.port && other.name === port.name)?.nodePort;
  const open = type === 'NodePort' || type === 'LoadBalancer';
  return {
    ...port,
    protocol: port.protocol ?? 'TCP',
    targetPort: port.targetPort ?? port.port,
    ...(open ? { nodePort: port.nodePort ?? known ?? allocator.nodePort() } : {}),
  };
}

function validateService(object: KubernetesObject, current: KubernetesObject | undefined): FieldError[] {
  const { spec } = object as Service;
  const before = (current as Service | undefined)?.spec;
  requireStrings('Service', 'v1', 'ServiceSpec.spec.selector', spec.selector);
  const ports = spec.ports ?? [];
  const portless = spec.type === 'ExternalName' || spec.clusterIP === 'None';
  const moved = before?.clusterIP !== undefined && spec.clusterIP !== before.clusterIP && spec.type !== 'ExternalName';
  return [
    ...(ports.length === 0 && !portless ? [missing('spec.ports')] : []),
    ...ports.flatMap((port, index) => validatePort(port, index, ports)),
    ...validateLabels('spec.selector', spec.selector),
    ...(moved ? [wrong('spec.clusterIPs[0]', spec.clusterIP, 'may not change once set')] : []),
  ];
}

function validatePort(port: ServicePort, index: number, ports: readonly ServicePort[]): FieldError[] {
  const field = `spec.ports[${index}]`;
  const inRange = Number.isInteger(port.port) && port.port > 0 && port.port < 65536;
  const same = ports.findIndex(other => other.name === port.name);
  return [
    ...(inRange ? [] : [wrong(`${field}.port`, port.port, 'must be between 1 and 65535, inclusive')]),
    ...(ports.length > 1 && !port.name ? [missing(`${field}.name`)] : []),
    ...(port.name && same !== index ? [wrong(`${field}.name`, port.name, 'Duplicate value')] : []),
  ];
}
