/** Mistakes of a target that can be seen without contacting anything. */
import type { TargetConfig } from '../../config/schema.js';
import type { Problem } from '../port.js';
import { appId } from './apps.js';
import { readDefinition } from './definition.js';
import { examinePorts } from './marathon-lb/examination.js';
import { poolRoute } from './routes.js';

/** All of them at once. */
export async function examine(target: TargetConfig, workspace: string, section?: unknown): Promise<readonly Problem[]> {
  const { definition, mistakes } = await readDefinition(target, workspace);
  const problems: Problem[] = mistakes.map(message => ({ path: 'manifest', message }));
  const { blue, green } = target.slots;
  if (blue !== green && appId(blue) === appId(green)) {
    const message = `${blue} and ${green} are the same app; the new version needs a place of its own.`;
    problems.push({ path: 'slots.green', message });
  }
  if (target.images) {
    const message = 'An app of Marathon has one container: say image.';
    problems.push({ path: 'images', message });
  }
  if (target.namespace !== undefined) {
    const message = 'Marathon has no namespaces: the group is part of the names of the slots, such as /shop/web-blue.';
    problems.push({ path: 'namespace', message });
  }
  if (target.routes.length === 0) {
    const message = 'On Marathon a target needs a route, such as pool/shop/web.';
    problems.push({ path: 'routes', message });
  }
  const isLabelled = (section as { readonly router?: string } | undefined)?.router === 'marathon-lb';
  if (isLabelled) problems.push(...examinePorts(target.routes, definition));
  target.routes.forEach((route, index) => {
    if (!isLabelled && !poolRoute(route)) {
      const message = `${route} is of a kind that is not supported; name a backend of a pool, such as pool/shop/web.`;
      problems.push({ path: `routes.${index}`, message });
    } else if (target.routes.indexOf(route) !== index) {
      problems.push({ path: `routes.${index}`, message: `${route} is named twice.` });
    }
  });
  return [...problems, ...examinePreview(target, isLabelled)];
}

function examinePreview({ marathon, routes }: TargetConfig, isLabelled: boolean): readonly Problem[] {
  const route = marathon?.preview?.route;
  if (route === undefined) return [];
  const problem = (message: string) => [{ path: 'marathon.preview.route', message }];
  if (isLabelled) return problem('marathon-lb has no backend for green alone; checks go straight to the instances.');
  if (!poolRoute(route)) return problem(`${route} is no backend of a pool, such as pool/shop/preview.`);
  return routes.includes(route) ? problem(`${route} is a route of users; a private backend is another one.`) : [];
}
