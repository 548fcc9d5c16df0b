/** Mistakes of a target on the Mesos plan that can be seen without contacting anything. */
import { NO_GROUP_ROUTE } from '../../config/bcs-schema.js';
import type { TargetConfig } from '../../config/schema.js';
import type { Problem } from '../port.js';
import { readDefinition } from './definition.js';
import { serviceOf } from './routes.js';

/** All of them at once. */
export async function examineMesos(target: TargetConfig, workspace: string): Promise<readonly Problem[]> {
  const { mistakes } = await readDefinition(target, workspace);
  const problems: Problem[] = mistakes.map(message => ({ path: 'manifest', message }));
  for (const slot of ['blue', 'green'] as const) {
    if (!target.slots[slot].includes('.')) continue;
    problems.push({
      path: `slots.${slot}`,
      message: `${target.slots[slot]} has a dot, which the name of a deployment of BCS may not have.`,
    });
  }
  if (target.images) problems.push({ path: 'images', message: 'Say image: it is the one of the first container.' });
  if (target.routes.length === 0)
    problems.push({ path: 'routes', message: 'On BCS a target needs a route, such as service/test.' });
  target.routes.forEach((route, index) => {
    const at = `routes.${index}`;
    if (!serviceOf(route)) {
      const unknown = `${route} is of a kind that is not supported; name a service, such as service/test.`;
      problems.push({ path: at, message: route.startsWith('group/') ? NO_GROUP_ROUTE : unknown });
    } else if (target.routes.indexOf(route) !== index) problems.push({ path: at, message: `${route} is named twice.` });
  });
  return problems;
}
