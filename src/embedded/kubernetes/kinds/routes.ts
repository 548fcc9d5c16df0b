import type { KubernetesObject } from '../objects.js';
import type { FieldError } from '../status.js';
import { type Kind, missing, wrong } from './kind.js';

interface BackendRef {
  readonly name?: string;
  readonly kind?: string;
  readonly port?: number;
  readonly weight?: number;
}

interface RouteSpec {
  readonly parentRefs?: readonly object[];
  readonly rules?: readonly { readonly matches?: readonly object[]; readonly backendRefs?: readonly BackendRef[] }[];
}

const most = 1_000_000;

/** HTTPRoute and GRPCRoute: the defaults and limits that their CustomResourceDefinitions have for what moves traffic. */
export const gatewayRouteKind: Kind = {
  defaults(object) {
    const { parentRefs, rules, ...spec } = (object.spec ?? {}) as RouteSpec;
    const matches = object.kind === 'HTTPRoute' ? { matches: [{ path: { type: 'PathPrefix', value: '/' } }] } : {};
    const filled = {
      ...spec,
      ...(parentRefs
        ? { parentRefs: parentRefs.map(ref => ({ group: 'gateway.networking.k8s.io', kind: 'Gateway', ...ref })) }
        : {}),
      ...(rules
        ? {
            rules: rules.map(({ backendRefs, ...rule }) => ({
              ...matches,
              ...rule,
              ...(backendRefs
                ? { backendRefs: backendRefs.map(ref => ({ group: '', kind: 'Service', weight: 1, ...ref })) }
                : {}),
            })),
          }
        : {}),
    };
    return { ...object, spec: filled };
  },
  validate: ({ spec }) => ((spec ?? {}) as RouteSpec).rules?.flatMap(ruleErrors) ?? [],
};

function ruleErrors(
  { backendRefs = [] }: { readonly backendRefs?: readonly BackendRef[] },
  rule: number,
): FieldError[] {
  return backendRefs.flatMap(({ name, kind, port, weight = 1 }, index) => {
    const field = `spec.rules[${rule}].backendRefs[${index}]`;
    const least = 'should be greater than or equal to 0';
    return [
      ...(name ? [] : [missing(`${field}.name`)]),
      ...(kind === 'Service' && port === undefined
        ? [wrong(field, 'object', 'Must have port for Service reference')]
        : []),
      ...(Number.isInteger(weight) && weight >= 0
        ? []
        : [wrong(`${field}.weight`, weight, `${field}.weight in body ${least}`)]),
      ...(weight > most ? [wrong(`${field}.weight`, weight, `should be less than or equal to ${most}`)] : []),
    ];
  });
}

interface IngressPath {
  readonly path?: string;
  readonly pathType?: string;
  readonly backend?: { readonly service?: { readonly name?: string; readonly port?: object } };
}

/** Ingress: a path has a type, and a Service with a port. */
export const ingressKind: Kind = {
  validate({ spec }: KubernetesObject) {
    const { rules = [] } = (spec ?? {}) as { rules?: readonly { http?: { paths?: readonly IngressPath[] } }[] };
    return rules.flatMap(({ http }, rule) =>
      (http?.paths ?? []).flatMap(({ pathType, backend }, path) => {
        const field = `spec.rules[${rule}].http.paths[${path}]`;
        return [
          ...(pathType ? [] : [missing(`${field}.pathType`, 'pathType must be specified')]),
          ...(backend?.service?.name ? [] : [missing(`${field}.backend`)]),
          ...(backend?.service && !backend.service.port
            ? [missing(`${field}.backend.service.port`, 'port name or number is required')]
            : []),
        ];
      }),
    );
  },
};

interface VirtualServiceSpec {
  readonly http?: readonly {
    readonly route?: readonly { readonly destination?: { host?: string }; weight?: number }[];
  }[];
}

/** What Istio's webhook refuses: a destination without a host, and weights that are no proportions. */
export const virtualServiceKind: Kind = {
  validate: ({ spec }) =>
    (((spec ?? {}) as VirtualServiceSpec).http ?? []).flatMap(({ route = [] }, rule) => {
      const field = `spec.http[${rule}].route`;
      const total = route.reduce((sum, { weight = 0 }) => sum + weight, 0);
      return [
        ...route.flatMap(({ destination, weight = 0 }, index) => [
          ...(destination?.host ? [] : [missing(`${field}[${index}].destination.host`)]),
          ...(weight < 0 ? [wrong(`${field}[${index}].weight`, weight, 'weight must not be negative')] : []),
        ]),
        ...(route.length > 1 && total === 0 ? [wrong(field, total, 'total destination weight = 0')] : []),
      ];
    }),
};
