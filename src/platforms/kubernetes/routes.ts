/** Routes as text and as data: `service/shop`, and what the plan and the record keep of one. */
import type { Json, RouteState, Routing, Slot } from '../../release/model.js';
import { kubernetesFailure } from './failures.js';
import { describeLabels } from './labels.js';
import type { KubernetesObject, Labels } from './objects.js';

/**
 * What has to be true of the slot right before traffic is moved to it.
 * `full`: `size` pods are ready. `restore`: as many as the slot is asked to have now, but at most `size`, and at least
 * one.
 */
export type Demand = 'full' | 'restore';

/** What `RouteState.document` holds for a Service. */
export interface ServiceDocument {
  readonly kind: 'Service';
  readonly namespace: string;
  readonly name: string;
  /** Null when the Service does not exist. */
  readonly selector: Labels | null;
  readonly slot: Slot | null;
  readonly size: number;
  readonly demand: Demand;
  /** Both slots at once: a selector that may be found on the way to or from this one. */
  readonly overlap?: Labels;
  /** Of a routing that selects both slots: green, blue, and the selector that comes after it. */
  readonly both?: { readonly slots: readonly Slot[]; readonly onward: Labels };
  /** The Service to create when there is none. */
  readonly definition: KubernetesObject | null;
}

/** The name of the Service that a route means. Throws ROUTE_UNSUPPORTED. */
export function serviceName(route: string): string {
  const [kind, name] = route.split('/');
  if (isServiceRoute(route) && kind && name) return name;
  throw kubernetesFailure('ROUTE_UNSUPPORTED', { route });
}

export function isServiceRoute(route: string): boolean {
  return /^(service|services|svc)\/[^/]+$/.test(route);
}

export function routeState(route: string, document: ServiceDocument): RouteState {
  const { selector, slot, definition } = document;
  const missing = definition ? 'does not exist yet' : 'does not exist';
  return {
    route,
    slot: slot ?? undefined,
    text: selector === null ? missing : describeLabels(selector),
    document: document as unknown as Json,
  };
}

export function documentOf(state: RouteState): ServiceDocument {
  return state.document as unknown as ServiceDocument;
}

/** The selectors that live traffic follows now; Services that do not exist have none. */
export function selectorsOf(routing: Routing): readonly Labels[] {
  return routing.routes.map(state => documentOf(state).selector).filter(selector => selector !== null);
}

/** What a person types to write these selectors. Undefined when there is nothing to put back. */
export function patchCommand(routing: Routing): string | undefined {
  const commands = routing.routes.map(state => {
    const { namespace, name, selector } = documentOf(state);
    if (selector === null || Object.keys(selector).length === 0) return undefined;
    const patch = JSON.stringify([{ op: 'replace', path: '/spec/selector', value: selector }]);
    return `kubectl -n ${namespace} patch service ${name} --type=json -p '${patch}'`;
  });
  return commands.length && commands.every(command => command !== undefined) ? commands.join(' && ') : undefined;
}
