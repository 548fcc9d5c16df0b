import type { Backend } from '../../dataplane/index.js';
import type { Endpoint, EndpointSlice, Service, ServicePort } from '../objects.js';
import { mapMatcher } from '../selectors.js';
import { type ControlContext, endpointSlices, pods, services } from './context.js';

/** Nothing listens there: tcpmux, which no system runs. */
const closedPort = 1;

export function slicesOf({ store }: ControlContext, namespace: string, service: string): EndpointSlice[] {
  return (store.list(endpointSlices, namespace) as EndpointSlice[]).filter(
    slice => slice.metadata.labels?.['kubernetes.io/service-name'] === service,
  );
}

/** Ready endpoints; when there are none, those that still serve although they terminate, as kube-proxy does. */
export function backendsOf(
  context: ControlContext,
  port: ServicePort,
  slices: readonly EndpointSlice[],
): readonly Backend[] {
  const all = slices.flatMap(slice => {
    const number = slice.ports?.find(({ name }) => name === (port.name ?? ''))?.port;
    return number === undefined ? [] : (slice.endpoints ?? []).map(endpoint => ({ endpoint, number }));
  });
  const ready = all.filter(({ endpoint }) => endpoint.conditions.ready !== false);
  const serving = all.filter(({ endpoint: { conditions } }) => conditions.serving && conditions.terminating);
  return (ready.length > 0 ? ready : serving).flatMap(({ endpoint, number }) => backendOf(context, endpoint, number));
}

/** An address where nothing listens stays a backend: connections to it are refused, not sent elsewhere. */
function backendOf({ network }: ControlContext, endpoint: Endpoint, number: number): Backend[] {
  const address = endpoint.addresses[0] ?? '';
  const host = network.host(address);
  if (host === undefined) return [];
  return [{ id: host.pod, port: network.listener(address, number)?.port ?? closedPort }];
}

/** What a route sends to when it names a port of a Service; undefined when there is no such Service or port. */
export function serviceBackends(
  context: ControlContext,
  namespace: string,
  name: string,
  port: number | string | undefined,
  labels: Readonly<Record<string, string>> = {},
): readonly Backend[] | undefined {
  const service = context.store.get(services, namespace, name) as Service | undefined;
  const ports = service?.spec.ports ?? [];
  const wanted = port === undefined ? ports[0] : ports.find(one => one.port === port || one.name === port);
  if (wanted === undefined) return undefined;
  const all = backendsOf(context, wanted, slicesOf(context, namespace, name));
  if (Object.keys(labels).length === 0) return all;
  const matches = mapMatcher(labels);
  const chosen = new Set(
    context.store
      .list(pods, namespace)
      .filter(pod => matches(pod.metadata.labels ?? {}))
      .map(pod => pod.metadata.name),
  );
  return all.filter(({ id }) => chosen.has(id));
}
