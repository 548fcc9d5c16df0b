/** Routes as text and as data: `service/shop`, and what the plan and the record keep of one. */
import type { TargetConfig } from '../../config/schema.js';
import type { RouteState, Routing } from '../../release/model.js';
import type { Parts } from './backends/kinds.js';
import { backendKind } from './backends/table.js';
import { type BackendDocument, DOCUMENTS, type RouteDocument, type ServiceDocument } from './documents.js';
import { kubernetesFailure } from './failures.js';
import { describeLabels } from './labels.js';
import type { KubernetesObject, Labels } from './objects.js';

/** Throws ROUTE_UNSUPPORTED. */
export function routeName(route: string): { readonly word: string; readonly name: string } {
  const [word, name, ...rest] = route.split('/');
  if (word && name && rest.length === 0 && (isServiceRoute(route) || backendKind(word))) return { word, name };
  throw kubernetesFailure('ROUTE_UNSUPPORTED', { route });
}

export function isServiceRoute(route: string): boolean {
  return /^(service|services|svc)\/[^/]+$/.test(route);
}

/** Whether it is of a kind that can be switched. */
export function isRoute(route: string): boolean {
  const [word = '', name, ...rest] = route.split('/');
  return isServiceRoute(route) || (Boolean(name) && rest.length === 0 && backendKind(word) !== undefined);
}

/** The Services whose selectors are switched. Throws ROUTE_UNSUPPORTED. */
export function serviceNames({ routes }: TargetConfig): readonly string[] {
  return routes.filter(isServiceRoute).map(route => routeName(route).name);
}

/** The name of the Service that a route is. Throws ROUTE_UNSUPPORTED for other kinds. */
export function serviceName(route: string): string {
  if (isServiceRoute(route)) return routeName(route).name;
  throw kubernetesFailure('ROUTE_UNSUPPORTED', { route });
}

/** The routes that name Services. Throws ROUTE_UNSUPPORTED. */
export function backendRoutes({ routes }: TargetConfig): readonly string[] {
  return routes.filter(route => !isServiceRoute(route)).filter(route => routeName(route));
}

/** Whether a document of the manifest is a route of this target, which is for the switch alone to write. */
export function isRouteOf({ routes }: TargetConfig, { kind, metadata }: KubernetesObject): boolean {
  return routes.some(route => {
    const { word, name } = routeName(route);
    return name === metadata.name && (isServiceRoute(route) ? 'Service' : backendKind(word)?.kind) === kind;
  });
}

export function routeState(route: string, document: ServiceDocument): RouteState {
  const { selector, slot, definition } = document;
  const missing = definition ? 'does not exist yet' : 'does not exist';
  return {
    route,
    slot: slot ?? undefined,
    text: selector === null ? missing : describeLabels(selector),
    document: DOCUMENTS.write(document),
  };
}

/** `text` says who gets what, such as `10 % shop-green, 90 % shop-blue`. */
export function backendState(route: string, document: BackendDocument, text: string): RouteState {
  const { parts, slot, definition } = document;
  const missing = definition ? 'does not exist yet' : 'does not exist';
  return {
    route,
    slot: slot ?? undefined,
    text: parts === null ? missing : text,
    document: DOCUMENTS.write(document),
  };
}

/** Throws ROUTE_UNREADABLE. */
export function documentOf(state: RouteState): RouteDocument {
  return DOCUMENTS.read(state);
}

/** For states that are known to be those of a Service. Throws ROUTE_UNREADABLE. */
export function serviceDocumentOf(state: RouteState): ServiceDocument {
  return DOCUMENTS.readKind(state, 'Service');
}

/** The selectors that live traffic follows now; routes that do not exist have none. */
export function selectorsOf(routing: Routing): readonly Labels[] {
  return routing.routes.map(state => documentOf(state).selector).filter(selector => selector !== null);
}

/** What a person types to write this routing. Undefined when there is nothing to put back. */
export function patchCommand(routing: Routing): string | undefined {
  const commands = routing.routes.map(state => {
    const document = documentOf(state);
    if (document.kind === 'Workers') return undefined;
    const operations = document.kind === 'Service' ? selectorOperations(document) : partsOperations(document.parts);
    if (operations.length === 0) return undefined;
    const kind = document.kind === 'Service' ? 'service' : document.of.toLowerCase();
    const patch = JSON.stringify(operations).replaceAll("'", "'\\''");
    return `kubectl -n ${document.namespace} patch ${kind} ${document.name} --type=json -p '${patch}'`;
  });
  return commands.length && commands.every(command => command !== undefined) ? commands.join(' && ') : undefined;
}

function selectorOperations({ selector }: ServiceDocument): readonly object[] {
  if (selector === null || Object.keys(selector).length === 0) return [];
  return [{ op: 'replace', path: '/spec/selector', value: selector }];
}

/** Each place as a whole: a list of backends has no keys by which one of them could be named. */
export function partsOperations(parts: Parts | null): readonly object[] {
  return Object.entries(parts ?? {}).map(([path, value]) => ({ op: 'replace', path, value }));
}
