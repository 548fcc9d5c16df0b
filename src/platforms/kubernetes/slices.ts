/** Endpoints of a Service, from the newest kind that the server has. */
import type { Client } from './client.js';
import type { KubernetesObject, Pod } from './objects.js';
import { ENDPOINT_SLICES, ENDPOINT_SLICES_BETA, ENDPOINTS, type Resource } from './resources.js';

interface Address {
  readonly addresses?: readonly string[];
  readonly conditions?: { readonly ready?: boolean | null };
  readonly targetRef?: { readonly kind?: string; readonly name?: string };
}

interface Slice extends KubernetesObject {
  readonly endpoints?: readonly Address[];
}

interface ClassicEndpoints extends KubernetesObject {
  readonly subsets?: readonly { readonly addresses?: readonly { readonly targetRef?: Address['targetRef'] }[] }[];
}

/** Where this server keeps the endpoints of a Service, and a first list of them. */
export interface EndpointSource {
  readonly resource: Resource;
  readonly query: Readonly<Record<string, string>>;
  readonly list: { readonly items: readonly KubernetesObject[]; readonly resourceVersion: string };
}

/** EndpointSlice v1 (from 1.21), else v1beta1, else Endpoints. */
export async function listEndpoints(
  client: Client,
  namespace: string,
  service: string,
  signal: AbortSignal,
): Promise<EndpointSource> {
  const bySlice = { labelSelector: `kubernetes.io/service-name=${service}` };
  for (const resource of [ENDPOINT_SLICES, ENDPOINT_SLICES_BETA]) {
    const list = await client.list<KubernetesObject>(resource, namespace, bySlice, signal);
    if (list) return { resource, query: bySlice, list };
  }
  const query = { fieldSelector: `metadata.name=${service}` };
  const list = await client.list<KubernetesObject>(ENDPOINTS, namespace, query, signal);
  return { resource: ENDPOINTS, query, list: list ?? { items: [], resourceVersion: '' } };
}

/** Names of the pods that get traffic now. A missing `ready` condition means ready, as the API says. */
export function readyPodNames(objects: readonly KubernetesObject[]): ReadonlySet<string> {
  const references = objects.flatMap(object => [
    ...((object as Slice).endpoints ?? [])
      .filter(endpoint => endpoint.conditions?.ready !== false)
      .map(endpoint => endpoint.targetRef),
    ...((object as ClassicEndpoints).subsets ?? []).flatMap(subset =>
      (subset.addresses ?? []).map(address => address.targetRef),
    ),
  ]);
  return new Set(
    references.flatMap(reference => (reference?.kind === 'Pod' && reference.name ? [reference.name] : [])),
  );
}

/** What is missing and what is too much, for people; undefined when the endpoints are exactly these pods. */
export function endpointDifference(endpoints: ReadonlySet<string>, pods: readonly Pod[]): string | undefined {
  const wanted = new Set(pods.map(pod => pod.metadata.name));
  const missing = [...wanted].filter(name => !endpoints.has(name)).length;
  const strange = [...endpoints].filter(name => !wanted.has(name)).length;
  if (missing === 0 && strange === 0) return undefined;
  const parts = [
    ...(missing ? [`${missing} of ${wanted.size} ready pods are not listed yet`] : []),
    ...(strange ? [`${strange} other ${strange === 1 ? 'pod is' : 'pods are'} still listed`] : []),
  ];
  return parts.join(', and ');
}
