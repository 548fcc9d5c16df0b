import type { Container, Deployment, EndpointSlice, KubernetesObject, Pod, Service, Workload } from '../objects.js';

export interface Column {
  readonly name: string;
  readonly type?: 'string' | 'integer';
  /** 1: shown by `-o wide` only. */
  readonly priority?: number;
  readonly cell: (object: KubernetesObject, now: number) => string | number;
}

type Cell<T> = (object: T, now: number) => string | number;

/** A column of one kind's table. */
function column<T extends KubernetesObject>(name: string, cell: Cell<T>, options: Partial<Column> = {}): Column {
  return { name, cell: cell as Column['cell'], ...options };
}

const name = column('Name', object => object.metadata.name);
const age = column('Age', ({ metadata }, now) => since(metadata.creationTimestamp, now));
const wide = { priority: 1 };
const integer = { type: 'integer' } as const;

const containersOf = (object: KubernetesObject): readonly Container[] =>
  (object as Workload).spec.template.spec.containers;
const containerNames = column(
  'Containers',
  object =>
    containersOf(object)
      .map(({ name }) => name)
      .join(','),
  wide,
);
const images = column(
  'Images',
  object =>
    containersOf(object)
      .map(({ image }) => image)
      .join(','),
  wide,
);
const selector = column<Workload>('Selector', ({ spec }) => pairs(spec.selector.matchLabels), wide);
const count = (title: string, value: Cell<Workload>) => column<Workload>(title, value, integer);
const field = (title: string, path: string, options: Partial<Column> = {}) =>
  column(title, object => text(at(object, path)), options);

const byKind: Readonly<Record<string, readonly Column[]>> = {
  Deployment: [
    name,
    column<Deployment>('Ready', ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 1}`),
    count('Up-to-date', ({ status }) => Number(status?.updatedReplicas ?? 0)),
    count('Available', ({ status }) => status?.availableReplicas ?? 0),
    age,
    containerNames,
    images,
    selector,
  ],
  ReplicaSet: [
    name,
    count('Desired', ({ spec }) => spec.replicas ?? 0),
    count('Current', ({ status }) => status?.replicas ?? 0),
    count('Ready', ({ status }) => status?.readyReplicas ?? 0),
    age,
    containerNames,
    images,
    selector,
  ],
  StatefulSet: [
    name,
    column<Workload>('Ready', ({ spec, status }) => `${status?.readyReplicas ?? 0}/${spec.replicas ?? 1}`),
    age,
    containerNames,
    images,
  ],
  Pod: [
    name,
    column<Pod>('Ready', pod => `${readyContainers(pod)}/${pod.spec.containers.length}`),
    column<Pod>('Status', podStatus),
    column<Pod>('Restarts', ({ status }) => status?.containerStatuses?.[0]?.restartCount ?? 0),
    age,
    column<Pod>('IP', ({ status }) => text(status?.podIP), wide),
    column<Pod>('Node', ({ spec }) => text(spec.nodeName), wide),
    column('Nominated Node', () => '<none>', wide),
    column('Readiness Gates', () => '<none>', wide),
  ],
  Service: [
    name,
    field('Type', 'spec.type'),
    field('Cluster-IP', 'spec.clusterIP'),
    column<Service>('External-IP', ({ spec }) => text(spec.externalName)),
    column<Service>('Port(s)', ({ spec }) => (spec.ports ?? []).map(servicePort).join(',') || '<none>'),
    age,
    column<Service>('Selector', ({ spec }) => pairs(spec.selector ?? undefined), wide),
  ],
  EndpointSlice: [
    name,
    field('AddressType', 'addressType'),
    column<EndpointSlice>('Ports', ({ ports }) => (ports ?? []).map(({ port }) => port).join(',') || '<unset>'),
    column<EndpointSlice>(
      'Endpoints',
      ({ endpoints }) => (endpoints ?? []).flatMap(e => e.addresses).join(',') || '<unset>',
    ),
    age,
  ],
  Endpoints: [name, column('Endpoints', endpointAddresses), age],
  Namespace: [name, field('Status', 'status.phase'), age],
  ConfigMap: [name, column('Data', ({ data }) => Object.keys((data as object) ?? {}).length, integer), age],
  Secret: [
    name,
    field('Type', 'type'),
    column('Data', ({ data }) => Object.keys((data as object) ?? {}).length, integer),
    age,
  ],
  Lease: [name, field('Holder', 'spec.holderIdentity'), age],
  Node: [
    name,
    column('Status', () => 'Ready'),
    column('Roles', () => '<none>'),
    age,
    field('Version', 'status.nodeInfo.kubeletVersion'),
  ],
  Event: [
    column('Last Seen', (event, now) => since(text(event.lastTimestamp), now)),
    field('Type', 'type'),
    field('Reason', 'reason'),
    column(
      'Object',
      event => `${text(at(event, 'involvedObject.kind')).toLowerCase()}/${text(at(event, 'involvedObject.name'))}`,
    ),
    field('Message', 'message'),
    { ...name, priority: 1 },
  ],
  HorizontalPodAutoscaler: [
    name,
    column(
      'Reference',
      hpa => `${text(at(hpa, 'spec.scaleTargetRef.kind'))}/${text(at(hpa, 'spec.scaleTargetRef.name'))}`,
    ),
    column('Targets', () => '<unknown>'),
    field('MinPods', 'spec.minReplicas'),
    field('MaxPods', 'spec.maxReplicas'),
    column('Replicas', hpa => Number(at(hpa, 'status.currentReplicas') ?? 0), integer),
    age,
  ],
  PodDisruptionBudget: [
    name,
    column('Min Available', pdb => text(at(pdb, 'spec.minAvailable'), 'N/A')),
    column('Max Unavailable', pdb => text(at(pdb, 'spec.maxUnavailable'), 'N/A')),
    column('Allowed Disruptions', pdb => Number(at(pdb, 'status.disruptionsAllowed') ?? 0), integer),
    age,
  ],
  Ingress: [
    name,
    field('Class', 'spec.ingressClassName'),
    column('Hosts', ({ spec }) => hosts(spec)),
    column('Address', () => ''),
    column('Ports', () => '80'),
    age,
  ],
  HTTPRoute: [name, column('Hostnames', route => JSON.stringify(at(route, 'spec.hostnames') ?? [])), age],
};

/** The columns of a kind, as kubectl users know them. */
export function columnsOf(kind: string): readonly Column[] {
  return byKind[kind] ?? [name, age];
}

function podStatus(pod: Pod): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'Terminating';
  const state = pod.status?.containerStatuses?.[0]?.state;
  return state?.waiting?.reason ?? state?.terminated?.reason ?? pod.status?.phase ?? 'Unknown';
}

function readyContainers({ status }: Pod): number {
  return (status?.containerStatuses ?? []).filter(({ ready }) => ready).length;
}

function servicePort({ port, nodePort, protocol }: { port: number; nodePort?: number; protocol?: string }): string {
  return `${port}${nodePort === undefined ? '' : `:${nodePort}`}/${protocol ?? 'TCP'}`;
}

function endpointAddresses({ subsets }: KubernetesObject): string {
  const all = (subsets ?? []) as { addresses?: { ip: string }[]; ports?: { port: number }[] }[];
  return (
    all.flatMap(({ addresses = [], ports = [] }) => addresses.map(({ ip }) => `${ip}:${ports[0]?.port}`)).join(',') ||
    '<none>'
  );
}

function hosts(spec: unknown): string {
  const { rules = [] } = (spec ?? {}) as { rules?: { host?: string }[] };
  return rules.map(({ host }) => host ?? '*').join(',') || '*';
}

function pairs(labels: Readonly<Record<string, string>> | undefined): string {
  const entries = Object.entries(labels ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, value]) => `${key}=${value}`).join(',') || '<none>';
}

function at(object: KubernetesObject, path: string): unknown {
  let value: unknown = object;
  for (const part of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[part];
  return value;
}

function text(value: unknown, absent = '<none>'): string {
  return value === undefined || value === null || value === '' ? absent : String(value);
}

/** How long ago, in kubectl's short form: `4s`, `3m10s`, `2h`, `5d`. */
function since(time: string | undefined, now: number): string {
  const then = Date.parse(time ?? '');
  if (Number.isNaN(then)) return '<unknown>';
  const seconds = Math.max(0, Math.floor((now - then) / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}
