/** What a run does first after it took over from a silent one: the writes that the silent one prepared can't succeed. */

import { backendKind } from './backends/table.js';
import type { Context, Site } from './context.js';
import { hasCode } from './failures.js';
import { FENCE_ANNOTATION } from './labels.js';
import { knownMembers } from './members.js';
import type { KubernetesObject, Workload } from './objects.js';
import { CONFIG_MAPS, type Resource, SERVICES } from './resources.js';
import { backendRoutes, routeName, serviceNames } from './routes.js';
import { markerName } from './workers.js';
import { slotKinds, workloadResource } from './workloads.js';

/**
 * Gives the target's routes and the workloads of both slots a new resourceVersion, by an annotation.
 * Every write of a switch or a removal names the resourceVersion that it was decided on, and gets 409 from now on.
 */
export async function fenceOff(
  { client }: Context,
  { target, namespace, manifest }: Site,
  number: number,
  signal: AbortSignal,
): Promise<void> {
  const patch = { metadata: { annotations: { [FENCE_ANNOTATION]: String(number) } } };
  /** By the first of these versions that the server has. */
  const mark = async <T extends KubernetesObject>(
    [resource, ...older]: readonly Resource[],
    name: string,
  ): Promise<T | undefined> => {
    if (!resource) return undefined; // what does not exist has no writes prepared for it
    try {
      return await client.patch<T>({ resource, namespace, name }, 'merge', patch, signal);
    } catch (thrown) {
      if (!hasCode(thrown, 'NOT_FOUND')) throw thrown;
      return mark<T>(older, name);
    }
  };
  /** The main one, then the others that it tells of. */
  const markSlot = async (slot: string): Promise<void> => {
    const main = await mark<Workload>(slotKinds(manifest), slot);
    await Promise.all(knownMembers(main, manifest, slot).map(one => mark([workloadResource(one)], one.name)));
  };
  await Promise.all([
    ...serviceNames(target).map(name => mark([SERVICES], name)),
    ...backendRoutes(target).map(route => {
      const { word, name } = routeName(route);
      return mark(backendKind(word)?.resources ?? [], name);
    }),
    ...Object.values(target.slots).map(markSlot),
    ...(target.routes.length === 0 ? [mark([CONFIG_MAPS], markerName(target.name))] : []),
  ]);
}
