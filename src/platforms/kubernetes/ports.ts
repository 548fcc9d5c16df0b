/** Which port a Service's traffic arrives at. */
import { type Pod, runningContainers, type Service, type ServicePort } from './objects.js';

export interface PortChoice {
  readonly port: number;
  readonly scheme: 'http' | 'https';
}

/** The port that people mean: one called http or web, else https, else the first for TCP. */
export function mainPort(service: Service | undefined): ServicePort | undefined {
  const ports = (service?.spec.ports ?? []).filter(({ protocol = 'TCP' }) => protocol === 'TCP');
  const named = (pattern: RegExp) => ports.find(({ name = '' }) => pattern.test(name));
  return named(/^(http|web)\b(?!s)/) ?? named(/^https\b/) ?? ports[0];
}

export function schemeOf(port: ServicePort): 'http' | 'https' {
  const words = `${port.name ?? ''} ${port.appProtocol ?? ''}`.toLowerCase();
  return /\bhttps\b/.test(words) || port.port === 443 ? 'https' : 'http';
}

/** The container port of a pod that a Service port leads to; a pod without a Service offers its first port. */
export function podPort(pod: Pod, service: Service | undefined): PortChoice | undefined {
  const declared = runningContainers(pod.spec).flatMap(container => container.ports ?? []);
  const main = mainPort(service);
  if (!main) return declared[0] && { port: declared[0].containerPort, scheme: 'http' };
  const { targetPort = main.port } = main;
  const port =
    typeof targetPort === 'number' ? targetPort : declared.find(({ name }) => name === targetPort)?.containerPort;
  return port === undefined ? undefined : { port, scheme: schemeOf(main) };
}
