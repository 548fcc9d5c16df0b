/** What a run does first after it took over from a silent one: the writes that the silent one prepared can't succeed. */

import { backendKind } from './backends/table.js';
import type { Context, Site } from './context.js';
import { hasCode } from './failures.js';
import { FENCE_ANNOTATION } from './labels.js';
import { CONFIG_MAPS, type Resource, SERVICES } from './resources.js';
import { backendRoutes, routeName, serviceNames } from './routes.js';
import { markerName } from './workers.js';
import { slotKinds } from './workloads.js';

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
  const mark = async ([resource, ...older]: readonly Resource[], name: string): Promise<void> => {
    if (!resource) return; // what does not exist has no writes prepared for it
    try {
      await client.patch({ resource, namespace, name }, 'merge', patch, signal);
    } catch (thrown) {
      if (!hasCode(thrown, 'NOT_FOUND')) throw thrown;
      await mark(older, name);
    }
  };
  await Promise.all([
    ...serviceNames(target).map(name => mark([SERVICES], name)),
    ...backendRoutes(target).map(route => {
      const { word, name } = routeName(route);
      return mark(backendKind(word)?.resources ?? [], name);
    }),
    ...Object.values(target.slots).map(slot => mark(slotKinds(manifest), slot)),
    ...(target.routes.length === 0 ? [mark([CONFIG_MAPS], markerName(target.name))] : []),
  ]);
}
