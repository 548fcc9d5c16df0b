/** Mistakes of a target that can be seen without contacting anything. */
import type { CloudFoundryConfig } from '../../config/cloud-foundry-schema.js';
import type { TargetConfig } from '../../config/schema.js';
import type { Problem } from '../port.js';
import { namesOf } from './apps.js';
import { readDefinition } from './definition.js';
import { routeName } from './routes.js';

/** All of them at once. */
export async function examine(
  target: TargetConfig,
  workspace: string,
  section?: CloudFoundryConfig,
): Promise<readonly Problem[]> {
  const { mistakes, source } = await readDefinition(target, workspace);
  const problems: Problem[] = mistakes.map(message => ({ path: 'manifest', message }));
  const say = (path: string, message: string) => problems.push({ path, message });
  if (target.manifest !== undefined && mistakes.length === 0 && !source) {
    say(
      'manifest',
      `${target.manifest} says neither path nor docker.image; say image, cloud-foundry.bits or cloud-foundry.droplet-of.`,
    );
  }
  if (target.images) say('images', 'Say image: an app of Cloud Foundry has one.');
  if (target.namespace !== undefined) say('namespace', 'Say cloud-foundry.space: Cloud Foundry has no namespaces.');
  if (target['per-slot'].length > 0) say('per-slot', 'This is for Kubernetes alone; leave it out.');
  if (target.unswitched.length > 0) say('unswitched', 'This is for Kubernetes alone; leave it out.');
  const foundation = target['cloud-foundry']?.foundation;
  if (foundation !== undefined && section && !section.foundations[foundation]) {
    say('cloud-foundry.foundation', `${foundation} is none of cloud-foundry.foundations.`);
  }
  problems.push(...routeProblems(target), ...nameProblems(target));
  return problems;
}

function routeProblems({ routes }: TargetConfig): readonly Problem[] {
  return routes.flatMap((route, index) => {
    const path = `routes.${index}`;
    if (!routeName(route)) {
      return [
        {
          path,
          message: `${route} is of a kind that is not supported; name a route, such as route/shop.example.com or route/shop.example.com/cart.`,
        },
      ];
    }
    return routes.indexOf(route) === index ? [] : [{ path, message: `${route} is named twice.` }];
  });
}

/** Slots keep what they are when apps are renamed, so that their names must not be those that are given. */
function nameProblems(target: TargetConfig): readonly Problem[] {
  const names = namesOf(target);
  if (!names) return [];
  return (['blue', 'green'] as const).flatMap(slot => {
    const name = target.slots[slot];
    if (name !== names.live && name !== names.old) return [];
    return [
      {
        path: `slots.${slot}`,
        message: `${name} is a name that cloud-foundry.app gives to whichever slot is live or old; call the slot otherwise.`,
      },
    ];
  });
}
