/** One kind of object that the API serves. Paths, discovery, Table columns and the watch channels all come from this table. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly inAll: boolean;
  readonly subresources: readonly string[];
  /** Whether metadata.generation counts changes of the spec. */
  readonly generation: boolean;
  /** Whether an update must name the resourceVersion that it was made from. */
  readonly needsRevision: boolean;
  /** Whether it is a custom resource: those know no strategic merge patch. */
  readonly custom: boolean;
  /** Whether it is only ever created, and answered at once (reviews). */
  readonly review: boolean;
  /** Whether a DELETE answers the object rather than a Status. */
  readonly deletedObject: boolean;
}

type Options = Partial<Omit<Resource, 'group' | 'version' | 'plural' | 'kind'>>;

function resource(groupVersion: string, plural: string, kind: string, options: Options = {}): Resource {
  const [group = '', version = ''] = groupVersion.includes('/') ? groupVersion.split('/') : ['', groupVersion];
  return {
    group,
    version,
    plural,
    kind,
    singular: kind.toLowerCase(),
    namespaced: true,
    shortNames: [],
    inAll: false,
    subresources: [],
    generation: false,
    needsRevision: false,
    custom: false,
    review: false,
    deletedObject: false,
    ...options,
  };
}

const workload: Options = { inAll: true, generation: true, subresources: ['scale', 'status'] };
const route: Options = { generation: true, custom: true, needsRevision: true, subresources: ['status'] };

export const resources: readonly Resource[] = [
  resource('v1', 'namespaces', 'Namespace', {
    namespaced: false,
    shortNames: ['ns'],
    subresources: ['finalize', 'status'],
  }),
  resource('v1', 'nodes', 'Node', { namespaced: false, shortNames: ['no'], subresources: ['status'] }),
  resource('v1', 'services', 'Service', {
    shortNames: ['svc'],
    inAll: true,
    subresources: ['proxy', 'status'],
    deletedObject: true,
  }),
  resource('v1', 'pods', 'Pod', {
    shortNames: ['po'],
    inAll: true,
    subresources: ['log', 'proxy', 'status'],
    deletedObject: true,
  }),
  resource('v1', 'configmaps', 'ConfigMap', { shortNames: ['cm'] }),
  resource('v1', 'secrets', 'Secret'),
  resource('v1', 'endpoints', 'Endpoints', { singular: 'endpoints', shortNames: ['ep'] }),
  resource('v1', 'events', 'Event', { shortNames: ['ev'] }),
  resource('v1', 'serviceaccounts', 'ServiceAccount', { shortNames: ['sa'], deletedObject: true }),
  resource('v1', 'persistentvolumeclaims', 'PersistentVolumeClaim', {
    shortNames: ['pvc'],
    subresources: ['status'],
    deletedObject: true,
  }),
  resource('v1', 'resourcequotas', 'ResourceQuota', {
    shortNames: ['quota'],
    subresources: ['status'],
    deletedObject: true,
  }),
  resource('apps/v1', 'deployments', 'Deployment', { ...workload, shortNames: ['deploy'] }),
  resource('apps/v1', 'replicasets', 'ReplicaSet', { ...workload, shortNames: ['rs'] }),
  resource('apps/v1', 'statefulsets', 'StatefulSet', { ...workload, shortNames: ['sts'] }),
  resource('discovery.k8s.io/v1', 'endpointslices', 'EndpointSlice', { generation: true }),
  resource('autoscaling/v2', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', {
    shortNames: ['hpa'],
    inAll: true,
    subresources: ['status'],
    needsRevision: true,
  }),
  // Behind the newer version, which is the one that is stored.
  resource('autoscaling/v1', 'horizontalpodautoscalers', 'HorizontalPodAutoscaler', {
    shortNames: ['hpa'],
    inAll: true,
    subresources: ['status'],
    needsRevision: true,
  }),
  resource('policy/v1', 'poddisruptionbudgets', 'PodDisruptionBudget', {
    shortNames: ['pdb'],
    generation: true,
    subresources: ['status'],
    needsRevision: true,
  }),
  resource('coordination.k8s.io/v1', 'leases', 'Lease', { needsRevision: true }),
  resource('networking.k8s.io/v1', 'ingresses', 'Ingress', {
    shortNames: ['ing'],
    generation: true,
    subresources: ['status'],
  }),
  resource('networking.k8s.io/v1', 'networkpolicies', 'NetworkPolicy', { shortNames: ['netpol'], generation: true }),
  resource('authorization.k8s.io/v1', 'selfsubjectaccessreviews', 'SelfSubjectAccessReview', {
    namespaced: false,
    review: true,
  }),
  resource('authorization.k8s.io/v1', 'selfsubjectrulesreviews', 'SelfSubjectRulesReview', {
    namespaced: false,
    review: true,
  }),
  resource('admissionregistration.k8s.io/v1', 'validatingwebhookconfigurations', 'ValidatingWebhookConfiguration', {
    namespaced: false,
    generation: true,
  }),
  resource('admissionregistration.k8s.io/v1', 'mutatingwebhookconfigurations', 'MutatingWebhookConfiguration', {
    namespaced: false,
    generation: true,
  }),
  resource('batch/v1', 'jobs', 'Job', { inAll: true, generation: true, subresources: ['status'] }),
  resource('gateway.networking.k8s.io/v1', 'httproutes', 'HTTPRoute', route),
  resource('gateway.networking.k8s.io/v1', 'grpcroutes', 'GRPCRoute', route),
  resource('networking.istio.io/v1', 'virtualservices', 'VirtualService', { ...route, shortNames: ['vs'] }),
  resource('networking.istio.io/v1', 'destinationrules', 'DestinationRule', { ...route, shortNames: ['dr'] }),
];

/** What identifies a resource in maps: `services`, `deployments.apps`. It is also how the server's sentences name it. */
export function qualifiedName({ plural, group }: Resource): string {
  return group === '' ? plural : `${plural}.${group}`;
}

export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

export function findResource(group: string, version: string, plural: string): Resource | undefined {
  return resources.find(entry => entry.plural === plural && entry.group === group && entry.version === version);
}

export function resourceOfKind(apiVersion: string, kind: string): Resource | undefined {
  return resources.find(entry => entry.kind === kind && apiVersionOf(entry) === apiVersion);
}

/** The resource that a person means by a kind, a plural or a short name: `Service`, `services`, `svc`. */
export function resourceNamed(name: string): Resource {
  const found = resources.find(
    entry => entry.kind === name || entry.plural === name || entry.singular === name || entry.shortNames.includes(name),
  );
  if (found === undefined) throw new Error(`The embedded Kubernetes serves no kind or resource named "${name}".`);
  return found;
}

export function allVerbs({ review }: Resource): string[] {
  if (review) return ['create'];
  return ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
}
