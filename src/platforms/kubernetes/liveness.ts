/** Proof that a slot gets no live traffic, made right before something is taken away (P7). */
import type { TargetConfig } from '../../config/schema.js';
import { failure } from '../../failures.js';
import { count } from '../../lib/units.js';
import { backendsOf } from './backends/observation.js';
import { backendKind } from './backends/table.js';
import type { Context, Site } from './context.js';
import { describeLabels, matches, selectorQuery } from './labels.js';
import type { Pod, Service, Workload } from './objects.js';
import { isOfSlot, isReady, listPods, listPodsBy } from './pods.js';
import { SERVICES } from './resources.js';
import { backendRoutes, routeName, serviceNames } from './routes.js';
import { listEndpoints, readyPodNames } from './slices.js';
import { listServices, unnamedServices } from './unnamed.js';
import { proveWorkersNotLive } from './workers.js';

/**
 * Throws STILL_LIVE when a Service of the target, or one that gets traffic from a route of the target, selects the workload's template or one of its pods, or lists one of
 * them as a ready endpoint; or when a Service that the target does not speak of would be left without a pod. Answers with
 * the workload's pods. Three requests for a target with one Service.
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
  const [pods, backends, all, ...listed] = await Promise.all([
    listPodsBy(client, namespace, selectorQuery(workload.spec.selector), signal),
    Promise.all(backendRoutes(target).map(route => backendsOf(client, namespace, route, signal))),
    listServices(client, namespace, signal),
    ...names.map(name => listEndpoints(client, namespace, name, signal)),
  ]);
  const own = pods.items.filter(pod => isOfSlot(pod, slot));
  const podLabels = own.map(pod => pod.metadata.labels);
  const labelSets = [workload.spec.template.metadata?.labels, ...podLabels];
  for (const { service, selector } of backends.flatMap(({ served }) => served)) {
    if (!labelSets.some(labels => matches(selector, labels))) continue;
    const reason = `Service ${service} gets live traffic and selects ${describeLabels(selector)}, which it matches.`;
    throw failure('STILL_LIVE', { slot, reason });
  }
  for (const [index, name] of names.entries()) {
    const service = all
      ? all.find(({ metadata }) => metadata.name === name)
      : await client.get<Service>(SERVICES, namespace, name, signal);
    const selector = service?.spec.selector;
    if (labelSets.some(labels => matches(selector, labels))) {
      throw failure('STILL_LIVE', {
        slot,
        reason: `Service ${name} selects ${describeLabels(selector)}, which it matches.`,
      });
    }
    const ready = readyPodNames(listed[index]?.list.items ?? []);
    const still = own.filter(pod => ready.has(pod.metadata.name)).length;
    if (still)
      throw failure('STILL_LIVE', { slot, reason: `Service ${name} still lists ${count(still, 'pod')} of it.` });
  }
  if (all && own.length > 0 && !namesOneAtATime(target)) {
    const behind = new Set(backends.flatMap(({ named }) => named));
    const unnamed = unnamedServices(all, { target, behind, workloads: [workload] }, podLabels);
    await proveNotNeeded(context, site, workload, unnamed, signal);
  }
  return own;
}

/** An Ingress names the Service of the live slot alone: that of the other one cannot be told from those of strangers. */
function namesOneAtATime(target: TargetConfig): boolean {
  return backendRoutes(target).some(route => !backendKind(routeName(route).word)?.weighs);
}

/** Each of these Services has another ready pod. One request for each. Throws STILL_LIVE. */
async function proveNotNeeded(
  { client }: Context,
  { namespace }: Site,
  { metadata: { name: slot } }: Workload,
  services: readonly Service[],
  signal: AbortSignal,
): Promise<void> {
  for (const { metadata, spec } of services) {
    const pods = await listPods(client, namespace, spec.selector ?? {}, signal);
    if (pods.some(pod => isReady(pod) && !isOfSlot(pod, slot))) continue;
    const selects = `selects ${describeLabels(spec.selector)} and would be left without a ready pod`;
    const way = `Lead it elsewhere, name it among the routes, or put service/${metadata.name} under unswitched.`;
    const reason = `Service ${metadata.name}, which is none of the routes, ${selects}. ${way}`;
    throw failure('STILL_LIVE', { slot, reason });
  }
}
