/** Proof that a slot gets no live traffic, made right before something is taken away (P7). */
import { failure } from '../../failures.js';
import { count } from '../../lib/units.js';
import { servedBackends } from './backends/observation.js';
import type { Context, Site } from './context.js';
import { describeLabels, matches, selectorQuery } from './labels.js';
import type { Pod, Service, Workload } from './objects.js';
import { listPodsBy } from './pods.js';
import { SERVICES } from './resources.js';
import { backendRoutes, serviceNames } from './routes.js';
import { listEndpoints, readyPodNames } from './slices.js';
import { proveWorkersNotLive } from './workers.js';

/**
 * Throws STILL_LIVE when a Service of the target, or one that gets traffic from a route of the target, selects the workload's template or one of its pods, or lists one of
 * them as a ready endpoint. Answers with the workload's pods. Three requests for a target with one Service.
 */
export async function proveNotLive(
  context: Context,
  site: Site,
  workload: Workload,
  signal: AbortSignal,
): Promise<readonly Pod[]> {
  const { client } = context;
  const { target, namespace } = site;
  const slot = workload.metadata.name;
  if (target.routes.length === 0) await proveWorkersNotLive(context, site, workload, signal);
  const names = serviceNames(target);
  const [pods, backends, ...routed] = await Promise.all([
    listPodsBy(client, namespace, selectorQuery(workload.spec.selector), signal),
    Promise.all(backendRoutes(target).map(route => servedBackends(client, namespace, route, signal))),
    ...names.map(async name => ({
      name,
      service: await client.get<Service>(SERVICES, namespace, name, signal),
      endpoints: await listEndpoints(client, namespace, name, signal),
    })),
  ]);
  const own = pods.items.filter(pod => ownsByName(workload, pod));
  const labelSets = [workload.spec.template.metadata?.labels, ...own.map(pod => pod.metadata.labels)];
  for (const { service, selector } of backends.flat()) {
    if (!labelSets.some(labels => matches(selector, labels))) continue;
    const reason = `Service ${service} gets live traffic and selects ${describeLabels(selector)}, which it matches.`;
    throw failure('STILL_LIVE', { slot, reason });
  }
  for (const { name, service, endpoints } of routed) {
    const selector = service?.spec.selector;
    if (labelSets.some(labels => matches(selector, labels))) {
      throw failure('STILL_LIVE', {
        slot,
        reason: `Service ${name} selects ${describeLabels(selector)}, which it matches.`,
      });
    }
    const listed = readyPodNames(endpoints.list.items);
    const still = own.filter(pod => listed.has(pod.metadata.name)).length;
    if (still)
      throw failure('STILL_LIVE', { slot, reason: `Service ${name} still lists ${count(still, 'pod')} of it.` });
  }
  return own;
}

function ownsByName(workload: Workload, pod: Pod): boolean {
  return (pod.metadata.ownerReferences ?? []).some(owner => owner.name.startsWith(workload.metadata.name));
}
