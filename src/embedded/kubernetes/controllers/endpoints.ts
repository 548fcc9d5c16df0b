import { randomSuffix } from '../names.js';
import {
  controllerReference,
  type Endpoint,
  type EndpointPort,
  type EndpointSlice,
  isTerminating,
  type KubernetesObject,
  type Pod,
  type Service,
  type ServicePort,
} from '../objects.js';
import { mapMatcher } from '../selectors.js';
import type { Change } from '../store.js';
import { isReady } from './conditions.js';
import { type ControlContext, endpointSlices, endpointsResource, pods, services } from './context.js';
import { type Controller, keyOf } from './loop.js';

/** The most endpoints that one slice holds. */
const sliceSize = 100;
const serviceNameLabel = 'kubernetes.io/service-name';

interface WantedSlice {
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

/**
 * EndpointSlices (and the older Endpoints): which pods a Service selects. A slice is rewritten in place, in one write. A
 * Service without a selector keeps the slices that it has, as stale as they are: that is how the real controller behaves.
 */
export class EndpointController implements Controller {
  readonly #context: ControlContext;

  constructor(context: ControlContext) {
    this.#context = context;
  }

  keysFor({ resource, object, previous }: Change): readonly string[] {
    if (resource === services) return [keyOf(object)];
    if (resource !== pods) return [];
    const labelled = [object, previous].map(pod => pod?.metadata.labels ?? {});
    return (this.#context.store.list(services, object.metadata.namespace) as Service[])
      .filter(({ spec }) => spec.selector && labelled.some(mapMatcher(spec.selector)))
      .map(keyOf);
  }

  reconcile(namespace: string, name: string): void {
    const service = this.#context.store.get(services, namespace, name) as Service | undefined;
    if (service === undefined || isTerminating(service) || service.spec.type === 'ExternalName') return;
    if (!service.spec.selector) return;
    const matches = mapMatcher(service.spec.selector);
    const selected = (this.#context.store.list(pods, namespace) as Pod[]).filter(
      pod => matches(pod.metadata.labels ?? {}) && hasAddress(pod),
    );
    const wanted = group(service, selected);
    this.#writeSlices(service, wanted);
    this.#writeEndpoints(service, wanted);
  }

  #writeSlices(service: Service, wanted: readonly WantedSlice[]): void {
    const { registry, store } = this.#context;
    const namespace = service.metadata.namespace ?? '';
    const existing = (store.list(endpointSlices, namespace) as EndpointSlice[]).filter(
      slice =>
        slice.metadata.labels?.[serviceNameLabel] === service.metadata.name &&
        slice.metadata.labels['endpointslice.kubernetes.io/managed-by'] === 'endpointslice-controller.k8s.io',
    );
    // Those with the same ports are rewritten; only what finds no slice is created, and only then the rest deleted.
    const unused = [...existing];
    for (const { ports, endpoints } of wanted) {
      const at = unused.findIndex(slice => samePorts(slice, ports));
      const slice = unused.splice(at >= 0 ? at : 0, at >= 0 || wanted.length === existing.length ? 1 : 0)[0];
      const content = {
        endpoints: endpoints.length === 0 ? null : endpoints,
        ports: ports.length === 0 ? null : ports,
      };
      if (slice === undefined) registry.create(endpointSlices, namespace, newSlice(service, content));
      else registry.amend(endpointSlices, slice, current => ({ ...current, ...content }));
    }
    for (const slice of unused) store.remove(endpointSlices, slice);
  }

  #writeEndpoints(service: Service, wanted: readonly WantedSlice[]): void {
    const { registry, store } = this.#context;
    const { name, namespace = '', labels } = service.metadata;
    const subsets = wanted.map(subset).filter(entry => entry !== undefined);
    const content = subsets.length === 0 ? {} : { subsets };
    const existing = store.get(endpointsResource, namespace, name);
    const metadata = { name, ...(labels === undefined ? {} : { labels }) };
    if (existing !== undefined) {
      registry.amend(
        endpointsResource,
        existing,
        ({ subsets: _subsets, ...rest }) => ({ ...rest, ...content }) as KubernetesObject,
      );
    } else registry.create(endpointsResource, namespace, { apiVersion: 'v1', kind: 'Endpoints', metadata, ...content });
  }
}

function hasAddress(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return pod.status?.podIP !== undefined && phase !== 'Succeeded' && phase !== 'Failed';
}

/** Pods that resolve the Service's ports alike share slices. */
function group(service: Service, selected: readonly Pod[]): WantedSlice[] {
  const groups = new Map<string, { ports: EndpointPort[]; endpoints: Endpoint[] }>();
  for (const pod of selected) {
    const ports = resolvePorts(service, pod);
    const key = JSON.stringify(ports);
    const entry = groups.get(key) ?? { ports, endpoints: [] };
    groups.set(key, entry);
    entry.endpoints.push(endpointOf(service, pod));
  }
  const slices = [...groups.values()].flatMap(({ ports, endpoints }) => {
    const chunks: WantedSlice[] = [];
    for (let at = 0; at < endpoints.length; at += sliceSize) {
      chunks.push({ ports, endpoints: endpoints.slice(at, at + sliceSize) });
    }
    return chunks;
  });
  return slices.length === 0 ? [{ ports: [], endpoints: [] }] : slices;
}

/** A port that the pod does not name is left out: nothing can be sent there. */
function resolvePorts(service: Service, pod: Pod): EndpointPort[] {
  return (service.spec.ports ?? []).flatMap(port => {
    const number = targetPort(port, pod);
    return number === undefined ? [] : [{ name: port.name ?? '', port: number, protocol: port.protocol ?? 'TCP' }];
  });
}

export function targetPort({ port, targetPort: target = port }: ServicePort, pod: Pod): number | undefined {
  if (typeof target === 'number') return target;
  // Sidecars, which are init containers that are always restarted, are looked at after the containers.
  const { containers, initContainers = [] } = pod.spec;
  const running = [...containers, ...initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always')];
  return running.flatMap(({ ports = [] }) => ports).find(({ name }) => name === target)?.containerPort;
}

function endpointOf(service: Service, pod: Pod): Endpoint {
  const terminating = isTerminating(pod);
  const serving = isReady(pod);
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  return {
    addresses: [pod.status?.podIP ?? ''],
    conditions: { ready, serving, terminating },
    ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    targetRef: {
      kind: 'Pod',
      namespace: pod.metadata.namespace ?? '',
      name: pod.metadata.name,
      uid: pod.metadata.uid ?? '',
    },
  };
}

function newSlice(service: Service, content: Pick<EndpointSlice, 'endpoints' | 'ports'>): EndpointSlice {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: `${service.metadata.name}-${randomSuffix()}`,
      generateName: `${service.metadata.name}-`,
      labels: {
        ...service.metadata.labels,
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        [serviceNameLabel]: service.metadata.name,
      },
      ownerReferences: [controllerReference(service)],
    },
    addressType: 'IPv4',
    ...content,
  };
}

function samePorts(slice: EndpointSlice, ports: readonly EndpointPort[]): boolean {
  return JSON.stringify(slice.ports ?? []) === JSON.stringify(ports);
}

function subset({ ports, endpoints }: WantedSlice): Record<string, unknown> | undefined {
  const addresses = (wanted: boolean) =>
    endpoints
      .filter(({ conditions }) => conditions.ready === wanted && (wanted || !conditions.terminating))
      .map(({ addresses: [ip], nodeName, targetRef }) => ({ ip, nodeName, targetRef }));
  const ready = addresses(true);
  const notReady = addresses(false);
  if (ready.length + notReady.length === 0) return undefined;
  return {
    ...(ready.length === 0 ? {} : { addresses: ready }),
    ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady }),
    ports: ports.map(({ name, ...rest }) => (name === '' ? rest : { name, ...rest })),
  };
}
