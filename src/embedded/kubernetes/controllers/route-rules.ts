import type { IncomingMessage } from 'node:http';
import type { Destination, Rule } from '../../dataplane/index.js';
import type { KubernetesObject, Labels } from '../objects.js';
import type { Resource } from '../resources.js';
import { resourceNamed } from '../resources.js';
import { type ControlContext, services } from './context.js';
import { serviceBackends } from './endpoint-backends.js';

/** A kind of route that moves traffic by itself, and what a proxy makes of one. */
export interface RoutedKind {
  readonly resource: Resource;
  rules(context: ControlContext, object: KubernetesObject): readonly Rule[];
}

interface BackendRef {
  readonly group?: string;
  readonly kind?: string;
  readonly name: string;
  readonly namespace?: string;
  readonly port?: number;
  readonly weight?: number;
}

interface PathMatch {
  readonly type?: string;
  readonly value?: string;
}

interface RouteMatch {
  readonly path?: PathMatch;
  readonly headers?: readonly { readonly name: string; readonly value: string }[];
  /** Of an HTTPRoute a word, of a GRPCRoute a service and a method. */
  readonly method?: string | { readonly service?: string; readonly method?: string };
}

interface GatewayRule {
  readonly matches?: readonly RouteMatch[];
  readonly backendRefs?: readonly BackendRef[];
}

/** Gateway API: a reference that cannot be resolved, and a rule without a weight, answer 500; a Service without endpoints 503. */
function gatewayRules(context: ControlContext, { metadata, spec }: KubernetesObject): readonly Rule[] {
  const home = metadata.namespace ?? '';
  return ((spec as { rules?: readonly GatewayRule[] } | undefined)?.rules ?? []).map(
    ({ matches = [], backendRefs = [] }) => ({
      matches: incoming => matches.length === 0 || matches.some(one => matchesAll(one, incoming)),
      destinations: backendRefs.map(ref => gatewayDestination(context, home, ref)),
      empty: 500,
    }),
  );
}

function gatewayDestination(context: ControlContext, home: string, ref: BackendRef): Destination {
  const { kind = 'Service', group = '', name, namespace = home, port, weight = 1 } = ref;
  const isKnown = kind === 'Service' && group === '' && namespace === home;
  const backends = isKnown ? serviceBackends(context, namespace, name, port) : undefined;
  return { weight, backends: backends ?? [], refusal: backends === undefined ? 500 : undefined };
}

function matchesAll({ path, headers = [], method }: RouteMatch, incoming: IncomingMessage): boolean {
  const has = ({ name, value }: { readonly name: string; readonly value: string }) =>
    incoming.headers[name.toLowerCase()] === value;
  if (!headers.every(has)) return false;
  if (typeof method === 'string' && method !== incoming.method) return false;
  if (typeof method === 'object') {
    const [service, name] = pathOf(incoming).slice(1).split('/');
    return (method.service ?? service) === service && (method.method ?? name) === name;
  }
  return matchesPath(path ?? {}, incoming);
}

function matchesPath({ type = 'PathPrefix', value = '/' }: PathMatch, incoming: IncomingMessage): boolean {
  const path = pathOf(incoming);
  if (type === 'Exact') return path === value;
  const prefix = value.replace(/\/$/, '');
  return path === prefix || path.startsWith(`${prefix}/`);
}

function pathOf({ url = '/' }: IncomingMessage): string {
  return url.split('?')[0] ?? '/';
}

interface IngressBackend {
  readonly service?: { readonly name: string; readonly port?: { readonly number?: number; readonly name?: string } };
}

interface IngressSpec {
  readonly defaultBackend?: IngressBackend;
  readonly rules?: readonly {
    readonly http?: {
      readonly paths?: readonly {
        readonly path?: string;
        readonly pathType?: string;
        readonly backend: IngressBackend;
      }[];
    };
  }[];
}

/** Ingress: exact paths first, then the longest; what no path takes goes to the default backend. 503 where nothing answers. */
function ingressRules(context: ControlContext, { metadata, spec = {} }: KubernetesObject): readonly Rule[] {
  const { defaultBackend, rules = [] } = spec as IngressSpec;
  const to = (backend: IngressBackend): Pick<Rule, 'destinations' | 'empty'> => {
    const { name = '', port } = backend.service ?? {};
    const backends = serviceBackends(context, metadata.namespace ?? '', name, port?.number ?? port?.name);
    return { destinations: [{ weight: 1, backends: backends ?? [] }], empty: 503 };
  };
  const rank = ({ path = '/', pathType }: { path?: string; pathType?: string }) =>
    path.length + (pathType === 'Exact' ? 10_000 : 0);
  const paths = rules.flatMap(({ http }) => http?.paths ?? []).sort((a, b) => rank(b) - rank(a));
  return [
    ...paths.map(({ path = '/', pathType = 'Prefix', backend }) => ({
      matches: (incoming: IncomingMessage) => matchesPath({ type: pathType, value: path }, incoming),
      ...to(backend),
    })),
    ...(defaultBackend ? [{ matches: () => true, ...to(defaultBackend) }] : []),
  ];
}

interface MeshDestination {
  readonly destination: {
    readonly host: string;
    readonly subset?: string;
    readonly port?: { readonly number?: number };
  };
  readonly weight?: number;
}

interface MeshRule {
  readonly match?: readonly { readonly uri?: { readonly prefix?: string; readonly exact?: string } }[];
  readonly route?: readonly MeshDestination[];
}

/** Istio: a destination alone gets everything; a host or subset that nobody knows is answered with 503. */
function meshRules(context: ControlContext, { metadata, spec }: KubernetesObject): readonly Rule[] {
  const home = metadata.namespace ?? '';
  return ((spec as { http?: readonly MeshRule[] } | undefined)?.http ?? []).map(({ match = [], route = [] }) => ({
    matches: incoming => match.length === 0 || match.some(({ uri }) => matchesUri(uri, incoming)),
    destinations: route.map(one => ({
      weight: route.length === 1 ? 100 : (one.weight ?? 0),
      backends: meshBackends(context, home, one.destination) ?? [],
    })),
    empty: 503,
  }));
}

function matchesUri(uri: { prefix?: string; exact?: string } | undefined, incoming: IncomingMessage): boolean {
  const path = pathOf(incoming);
  return path === (uri?.exact ?? path) && path.startsWith(uri?.prefix ?? '');
}

function meshBackends(context: ControlContext, home: string, { host, subset, port }: MeshDestination['destination']) {
  const [name = ''] = host.split('.');
  if (context.store.get(services, home, name) === undefined) return undefined;
  const labels = subset === undefined ? {} : subsetLabels(context, home, name, subset);
  return labels && serviceBackends(context, home, name, port?.number, labels);
}

function subsetLabels({ store }: ControlContext, home: string, name: string, subset: string): Labels | undefined {
  const rules = store.list(resourceNamed('destinationrules'), home);
  const specs = rules.map(({ spec }) => spec as { host?: string; subsets?: { name: string; labels?: Labels }[] });
  const [found] = specs
    .filter(({ host = '' }) => host.split('.')[0] === name)
    .flatMap(({ subsets = [] }) => subsets.filter(one => one.name === subset));
  return found && (found.labels ?? {});
}

export const routedKinds: readonly RoutedKind[] = [
  { resource: resourceNamed('httproutes'), rules: gatewayRules },
  // The instances speak HTTP/1.1: what a GRPCRoute matches is the path that gRPC would ask for.
  { resource: resourceNamed('grpcroutes'), rules: gatewayRules },
  { resource: resourceNamed('ingresses'), rules: ingressRules },
  { resource: resourceNamed('virtualservices'), rules: meshRules },
];
