/** Kinds, and where the API keeps them. Kinds that are not in this table are asked for by discovery. */

export interface Resource {
  readonly kind: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly namespaced: boolean;
}

export function resource(kind: string, group: string, version: string, plural: string, namespaced = true): Resource {
  return { kind, group, version, plural, namespaced };
}

export const NAMESPACES = resource('Namespace', '', 'v1', 'namespaces', false);
export const SERVICES = resource('Service', '', 'v1', 'services');
export const PODS = resource('Pod', '', 'v1', 'pods');
export const CONFIG_MAPS = resource('ConfigMap', '', 'v1', 'configmaps');
export const SECRETS = resource('Secret', '', 'v1', 'secrets');
export const ENDPOINTS = resource('Endpoints', '', 'v1', 'endpoints');
export const DEPLOYMENTS = resource('Deployment', 'apps', 'v1', 'deployments');
export const STATEFUL_SETS = resource('StatefulSet', 'apps', 'v1', 'statefulsets');
export const AUTOSCALERS = resource('HorizontalPodAutoscaler', 'autoscaling', 'v2', 'horizontalpodautoscalers');
export const DISRUPTION_BUDGETS = resource('PodDisruptionBudget', 'policy', 'v1', 'poddisruptionbudgets');
export const ENDPOINT_SLICES = resource('EndpointSlice', 'discovery.k8s.io', 'v1', 'endpointslices');
/** What servers before 1.21 have. */
export const ENDPOINT_SLICES_BETA = resource('EndpointSlice', 'discovery.k8s.io', 'v1beta1', 'endpointslices');

export const EVENTS = resource('Event', '', 'v1', 'events');
export const NODES = resource('Node', '', 'v1', 'nodes', false);
export const RESOURCE_QUOTAS = resource('ResourceQuota', '', 'v1', 'resourcequotas');
export const VOLUME_CLAIMS = resource('PersistentVolumeClaim', '', 'v1', 'persistentvolumeclaims');
export const INGRESSES = resource('Ingress', 'networking.k8s.io', 'v1', 'ingresses');
export const NETWORK_POLICIES = resource('NetworkPolicy', 'networking.k8s.io', 'v1', 'networkpolicies');

const KNOWN: readonly Resource[] = [
  NAMESPACES,
  SERVICES,
  PODS,
  CONFIG_MAPS,
  SECRETS,
  DEPLOYMENTS,
  STATEFUL_SETS,
  AUTOSCALERS,
  DISRUPTION_BUDGETS,
  resource('ServiceAccount', '', 'v1', 'serviceaccounts'),
  VOLUME_CLAIMS,
  resource('LimitRange', '', 'v1', 'limitranges'),
  RESOURCE_QUOTAS,
  resource('Job', 'batch', 'v1', 'jobs'),
  resource('CronJob', 'batch', 'v1', 'cronjobs'),
  INGRESSES,
  NETWORK_POLICIES,
  resource('Role', 'rbac.authorization.k8s.io', 'v1', 'roles'),
  resource('RoleBinding', 'rbac.authorization.k8s.io', 'v1', 'rolebindings'),
  resource('ClusterRole', 'rbac.authorization.k8s.io', 'v1', 'clusterroles', false),
  resource('ClusterRoleBinding', 'rbac.authorization.k8s.io', 'v1', 'clusterrolebindings', false),
  resource('PriorityClass', 'scheduling.k8s.io', 'v1', 'priorityclasses', false),
  resource('HTTPRoute', 'gateway.networking.k8s.io', 'v1', 'httproutes'),
  resource('GRPCRoute', 'gateway.networking.k8s.io', 'v1', 'grpcroutes'),
];

/** Kinds that decide where live traffic goes: their documents never overwrite what exists. */
const ROUTING_KINDS = new Set([
  'Service',
  'Ingress',
  'HTTPRoute',
  'GRPCRoute',
  'TCPRoute',
  'TLSRoute',
  'UDPRoute',
  'VirtualService',
  'DestinationRule',
  'Gateway',
]);

export function isRoutingKind(kind: string): boolean {
  return ROUTING_KINDS.has(kind);
}

/** The resource of a kind that the table has, whatever its version. */
export function resourceOfKind(kind: string): Resource | undefined {
  return KNOWN.find(one => one.kind === kind);
}

/** The resource of a document when the table has it, with the version that the document names. */
export function knownResource(apiVersion: string, kind: string): Resource | undefined {
  const { group, version } = splitApiVersion(apiVersion);
  const found = KNOWN.find(one => one.kind === kind && one.group === group);
  return found && { ...found, version };
}

/** Where a document is written that is of this resource's kind: in its own version, whose fields it has. */
export function inVersionOf(resource: Resource, { apiVersion }: { readonly apiVersion: string }): Resource {
  return knownResource(apiVersion, resource.kind) ?? resource;
}

export function splitApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const [first = '', second] = apiVersion.split('/');
  return second === undefined ? { group: '', version: first } : { group: first, version: second };
}

export function apiVersionOf({ group, version }: Resource): string {
  return group === '' ? version : `${group}/${version}`;
}

/** The path of a group and version: `/api/v1` or `/apis/apps/v1`. */
export function groupPath({ group, version }: Pick<Resource, 'group' | 'version'>): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** The path of a collection, of one object in it, or of a subresource of that. */
export function resourcePath(
  resource: Resource,
  namespace: string | undefined,
  name?: string,
  subresource?: string,
): string {
  const within = resource.namespaced && namespace !== undefined ? ['namespaces', encodeURIComponent(namespace)] : [];
  const parts = [groupPath(resource), ...within, resource.plural];
  if (name !== undefined) parts.push(encodeURIComponent(name));
  if (subresource !== undefined) parts.push(subresource);
  return parts.join('/');
}
