/** Services whose ports lead nowhere, or claim what another service has. */
import { type ContainerPort, GROUP_LABEL, type Service, type ServicePort } from '../objects.js';
import type { Tell } from './said.js';

/** A port as the guide has it: what is no field of BCS is dropped there without a word. */
type WrittenPort = ServicePort & { readonly containerPort?: number };

/** Backends are matched by the port's name and by nothing else; http needs a domain. */
export function lookAtPorts(
  service: Service,
  containers: readonly ContainerPort[],
  severity: 'error' | 'warning',
  tell: Tell,
): void {
  const { metadata } = service;
  const isExported = Boolean(metadata.labels?.[GROUP_LABEL]);
  const names = [...new Set(containers.map(({ name }) => name))].filter(name => name);
  const ports = (service.spec.ports ?? []) as readonly WrittenPort[];
  const repaired = `Make the ports of the service: ${JSON.stringify(ports.map(port => repairedPort(port, containers)))}`;
  for (const port of ports) {
    const who = `The service ${metadata.name} has the port ${port.name}`;
    if (port.containerPort !== undefined) {
      const message = `${who} with a containerPort, which is no field of a service: BCS drops it, and finds the container port by its name.`;
      tell('warning', 'SERVICE_CONTAINER_PORT', message, repaired);
    }
    if (names.length > 0 && !names.includes(port.name)) {
      const effect = isExported ? 'there is no backend' : 'the endpoint has addresses, and no port';
      const message = `${who}, and the containers have ${names.join(', ')}: BCS matches ports by their names, so ${effect}.`;
      tell(isExported ? severity : 'warning', 'PORT_NAMES_DIFFER', message, repaired);
    }
    if (isExported && isHttp(port) && !port.domainName) {
      const message = `${who} of protocol ${port.protocol} without a domainName: the load balancer discards it.`;
      tell(severity, 'HTTP_WITHOUT_DOMAIN', message, `${repaired}, or give it a domainName.`);
    }
  }
  if (isExported) return;
  tell(
    'warning',
    'NO_LOAD_BALANCER',
    `The service ${metadata.name} has no label ${GROUP_LABEL}, so no load balancer serves it and only names inside of the cluster lead to it.`,
    `Create it with ${GROUP_LABEL} if users come through a load balancer: an update cannot add labels.`,
  );
}

function isHttp({ protocol }: ServicePort): boolean {
  return protocol?.toLowerCase() === 'http';
}

/** The same port as BCS takes it: named as the container's, and TCP where there is no domain. */
function repairedPort({ containerPort, ...port }: WrittenPort, containers: readonly ContainerPort[]): ServicePort {
  const isKnown = containers.some(({ name }) => name === port.name);
  const meant = containers.find(one => one.containerPort === containerPort) ?? containers[0];
  const protocol = isHttp(port) && !port.domainName ? 'TCP' : port.protocol;
  return { ...port, name: isKnown ? port.name : (meant?.name ?? port.name), ...(protocol ? { protocol } : {}) };
}

/** Two services that claim a port of a load balancer stop all of its updates. */
export function lookAtClaims(service: Service, services: readonly Service[], tell: Tell): void {
  const groups = groupsOf(service);
  for (const other of services) {
    if (other.metadata.name === service.metadata.name) continue;
    const shared = groupsOf(other).filter(group => groups.includes(group));
    const port = (service.spec.ports ?? []).find(own => (other.spec.ports ?? []).some(claimed => claims(own, claimed)));
    if (shared.length === 0 || !port) continue;
    tell(
      'error',
      'PORT_CLAIMED_TWICE',
      `The services ${service.metadata.name} and ${other.metadata.name} both claim port ${port.servicePort} of the load balancer ${shared[0]}: it takes no updates any more.`,
      'Give one of them another servicePort, or another group, before releasing.',
    );
  }
}

function groupsOf({ metadata }: Service): readonly string[] {
  return (metadata.labels?.[GROUP_LABEL] ?? '').split(',').filter(group => group !== '');
}

function claims(own: ServicePort, other: ServicePort): boolean {
  return own.servicePort === other.servicePort && (own.domainName ?? '') === (other.domainName ?? '');
}
