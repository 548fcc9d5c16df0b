/** The kinds of routes that name Services, by the word that people name them with. */
import { grpcRoute, httpRoute } from './gateway-routes.js';
import { ingress } from './ingresses.js';
import type { BackendKind } from './kinds.js';
import { virtualService } from './virtual-services.js';

const KINDS: Readonly<Record<string, BackendKind>> = {
  httproute: httpRoute,
  httproutes: httpRoute,
  grpcroute: grpcRoute,
  grpcroutes: grpcRoute,
  ingress,
  ingresses: ingress,
  ing: ingress,
  virtualservice: virtualService,
  virtualservices: virtualService,
  vs: virtualService,
};

/** The kind that a word such as `httproute` means; undefined for others. */
export function backendKind(word: string): BackendKind | undefined {
  return Object.hasOwn(KINDS, word) ? KINDS[word] : undefined;
}

/** The kind of a document, such as `HTTPRoute`. */
export function backendKindOf(kind: string): BackendKind | undefined {
  return backendKind(kind.toLowerCase());
}
