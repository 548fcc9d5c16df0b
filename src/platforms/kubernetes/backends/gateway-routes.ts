/** HTTPRoute and GRPCRoute of the Gateway API: weights of `backendRefs`, and what each parent says of the route. */
import type { Json } from '../../../release/model.js';
import type { Condition, KubernetesObject } from '../objects.js';
import { type Resource, resource } from '../resources.js';
import { type BackendKind, type ControllerWord, type Entry, type Fields, fields, items, portOf } from './kinds.js';

const GROUP = 'gateway.networking.k8s.io';

export const HTTP_ROUTES = resource('HTTPRoute', GROUP, 'v1', 'httproutes');
export const GRPC_ROUTES = resource('GRPCRoute', GROUP, 'v1', 'grpcroutes');

export const httpRoute = gatewayRoute('HTTPRoute', [HTTP_ROUTES, { ...HTTP_ROUTES, version: 'v1beta1' }]);
export const grpcRoute = gatewayRoute('GRPCRoute', [GRPC_ROUTES, { ...GRPC_ROUTES, version: 'v1alpha2' }]);

interface GatewayRoute extends KubernetesObject {
  readonly spec?: { readonly parentRefs?: readonly Json[]; readonly rules?: readonly Json[] };
  readonly status?: { readonly parents?: readonly ParentStatus[] };
}

interface ParentStatus {
  readonly parentRef: Json;
  readonly conditions?: readonly (Condition & { readonly observedGeneration?: number })[];
}

function gatewayRoute(kind: string, resources: readonly Resource[]): BackendKind {
  return {
    kind,
    resources,
    weighs: true,
    adds100: false,
    places: object =>
      items((object as GatewayRoute).spec?.rules).flatMap((rule, index) => {
        const entries = items(fields(rule).backendRefs).map(entryOf(object.metadata.namespace));
        return entries.length > 0 ? [{ pointer: `/spec/rules/${index}/backendRefs`, entries }] : [];
      }),
    entry: (like, { service }, weight) => ({ ...fields(like), name: service, weight }),
    value: entries => entries,
    normal: value => items(value).map(entry => ({ group: '', kind: 'Service', weight: 1, ...fields(entry) })),
    word: object => wordOf(object as GatewayRoute),
  };
}

/** A reference to another namespace, or to something that is no Service, is nobody's slot. */
function entryOf(home: string | undefined): (value: Json) => Entry {
  return value => {
    const { group = '', kind = 'Service', name, namespace, port, weight = 1 } = fields(value);
    const isHere = namespace === undefined || namespace === home;
    const isService = group === '' && kind === 'Service' && typeof name === 'string';
    const backend = isService && isHere ? { service: name } : undefined;
    return { value, backend, port: portOf(port), weight: Number(weight) };
  };
}

/** Every parent that the route names must have accepted this generation, and resolved what it refers to. */
function wordOf({ metadata, spec, status }: GatewayRoute): ControllerWord {
  const generation = metadata.generation ?? 0;
  for (const parent of spec?.parentRefs ?? []) {
    const name = parentText(fields(parent));
    const said = (status?.parents ?? []).filter(one =>
      isSameParent(fields(one.parentRef), fields(parent), metadata.namespace),
    );
    for (const type of ['Accepted', 'ResolvedRefs']) {
      const word = said.flatMap(({ conditions = [] }) => conditions).find(condition => condition.type === type);
      const about = `${type} of ${name}`;
      if (!word || (word.observedGeneration ?? 0) < generation)
        return { state: 'waiting', reason: `${about} has not been said of generation ${generation} yet` };
      if (word.status !== 'True') {
        const words = [word.reason, word.message].filter(Boolean).join(': ');
        return { state: 'refused', reason: `${about} is ${word.status} (${words})` };
      }
    }
  }
  return { state: 'accepted', reason: 'its gateways accepted it' };
}

/** Controllers fill in the defaults of a reference, or leave them out. */
function isSameParent(said: Fields, named: Fields, home: string | undefined): boolean {
  const filled = ({ group = GROUP, kind = 'Gateway', namespace = home ?? '', ...rest }: Fields) => ({
    group,
    kind,
    namespace,
    ...rest,
  });
  const [one, other]: readonly Fields[] = [filled(said), filled(named)];
  return ['group', 'kind', 'namespace', 'name', 'sectionName', 'port'].every(key => one?.[key] === other?.[key]);
}

function parentText({ kind = 'Gateway', name }: Fields): string {
  return `${String(kind)} ${String(name)}`;
}
