/** What a run does first after it took over from a silent one: the writes that the silent one prepared can't succeed. */
import type { Context, Site } from './context.js';
import { hasCode } from './failures.js';
import { FENCE_ANNOTATION } from './labels.js';
import { DEPLOYMENTS, type Resource, SERVICES } from './resources.js';
import { serviceName } from './routes.js';

/**
 * Gives the Services of the target's routes and the workloads of both slots a new resourceVersion, by an annotation.
 * Every write of a switch or a removal names the resourceVersion that it was decided on, and gets 409 from now on.
 */
export async function fenceOff(
  { client }: Context,
  { target, namespace }: Site,
  number: number,
  signal: AbortSignal,
): Promise<void> {
  const patch = { metadata: { annotations: { [FENCE_ANNOTATION]: String(number) } } };
  const mark = async (resource: Resource, name: string) => {
    try {
      await client.patch({ resource, namespace, name }, 'merge', patch, signal);
    } catch (thrown) {
      // What does not exist has no writes prepared for it.
      if (!hasCode(thrown, 'NOT_FOUND')) throw thrown;
    }
  };
  await Promise.all([
    ...target.routes.map(route => mark(SERVICES, serviceName(route))),
    ...Object.values(target.slots).map(slot => mark(DEPLOYMENTS, slot)),
  ]);
}
