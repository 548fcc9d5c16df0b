/** Where checks go: to the ready pods of a slot in turn, or through the Service to whatever is live. */
import type { Slot } from '../../release/model.js';
import type { Endpoint } from '../port.js';
import { servedBackends } from './backends/observation.js';
import type { Client } from './client.js';
import type { Context, Site } from './context.js';
import { kubernetesFailure } from './failures.js';
import { SLOT_LABEL, selectorQuery } from './labels.js';
import type { Pod, Service } from './objects.js';
import { isOfSlot, isReady, listPodsBy } from './pods.js';
import { mainPort, podPort, schemeOf } from './ports.js';
import { startProxy } from './preview.js';
import { SERVICES } from './resources.js';
import { backendRoutes, serviceNames } from './routes.js';
import { listEndpoints, readyPodNames } from './slices.js';
import { requireWorkload } from './workloads.js';

/** The slot's ready pods, through the API server. Throws NO_PREVIEW when none is ready or no port is known. */
export async function previewSlot(context: Context, site: Site, slot: Slot, signal: AbortSignal): Promise<Endpoint> {
  const { client } = context;
  const { namespace } = site;
  const [pods, service] = await Promise.all([
    podsOf(client, namespace, slot, signal),
    firstService(context, site, signal),
  ]);
  const ready = pods.filter(isReady);
  if (ready.length === 0) throw kubernetesFailure('NO_PREVIEW', { slot, reason: 'none of its pods is ready' });
  const paths = ready.flatMap(pod => {
    const choice = podPort(pod, service);
    return choice ? [proxyPath(namespace, 'pods', pod.metadata.name, choice.port, choice.scheme)] : [];
  });
  if (paths.length === 0)
    throw kubernetesFailure('NO_PREVIEW', { slot, reason: 'none of its containers declares the port' });
  let turn = 0;
  const pick = () => paths[turn++ % paths.length] ?? '';
  return startProxy(client.server, pick, `the ready pods of ${slot}, through the API server`);
}

/** Pods that this tool deployed carry the slot; those of a slot that others made are asked for as its workload does. */
export async function podsOf(
  client: Client,
  namespace: string,
  slot: Slot,
  signal: AbortSignal,
): Promise<readonly Pod[]> {
  const own = ({ items }: { readonly items: readonly Pod[] }) => items.filter(pod => isOfSlot(pod, slot));
  const labelled = own(await listPodsBy(client, namespace, `${SLOT_LABEL}=${slot}`, signal));
  if (labelled.length) return labelled;
  const workload = await requireWorkload(client, namespace, slot, signal);
  return own(await listPodsBy(client, namespace, selectorQuery(workload.spec.selector), signal));
}

/** The first Service that is a route, through the API server, which follows its endpoints. Undefined when there is none, or it has none. */
export async function liveEndpoint(context: Context, site: Site, signal: AbortSignal): Promise<Endpoint | undefined> {
  const { client } = context;
  const { namespace } = site;
  // What a gateway or an ingress does with a request nobody can see from here.
  if (serviceNames(site.target).length === 0) return undefined;
  const service = await firstService(context, site, signal, false);
  const port = mainPort(service);
  if (!service || !port || service.spec.type === 'ExternalName') return undefined;
  const { name } = service.metadata;
  const { list } = await listEndpoints(client, namespace, name, signal);
  if (readyPodNames(list.items).size === 0) return undefined;
  const path = proxyPath(namespace, 'services', name, port.name ?? port.port, schemeOf(port));
  return startProxy(client.server, () => path, `Service ${namespace}/${name}, through the API server`);
}

/**
 * The target's first Service as it is, or as the manifest defines it if it does not exist yet. Where all routes name
 * Services, the first one that gets traffic.
 */
export async function firstService(
  { client }: Context,
  { target, namespace, manifest }: Site,
  signal: AbortSignal,
  orDefined = true,
): Promise<Service | undefined> {
  const [name] = serviceNames(target);
  const [route] = backendRoutes(target);
  if (name === undefined && route !== undefined) {
    const [served] = await servedBackends(client, namespace, route, signal);
    return served?.object ?? (orDefined ? manifest?.services[0] : undefined);
  }
  const service = name === undefined ? undefined : await client.get<Service>(SERVICES, namespace, name, signal);
  return service ?? (orDefined ? manifest?.services.find(one => one.metadata.name === name) : undefined);
}

/** `[https:]NAME:PORT` is how the API server's proxy is told scheme and port. */
export function proxyPath(
  namespace: string,
  plural: 'pods' | 'services',
  name: string,
  port: number | string,
  scheme: 'http' | 'https',
): string {
  const addressed = `${scheme === 'https' ? 'https:' : ''}${name}:${port}`;
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/${plural}/${addressed}/proxy`;
}
