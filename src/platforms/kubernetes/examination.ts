/** Mistakes of a target that can be seen without contacting anything. */
import type { TargetConfig } from '../../config/schema.js';
import type { Problem } from '../port.js';
import { unknownContainers } from './images.js';
import { readManifest } from './manifest.js';
import { isRoute } from './routes.js';

/** All of them at once. */
export async function examine(target: TargetConfig, workspace: string): Promise<readonly Problem[]> {
  const { manifest, mistakes } = await readManifest(target, workspace);
  const problems: Problem[] = mistakes.map(message => ({ path: 'manifest', message }));
  if (target.slots.blue === target.slots.green) {
    const message = `Both slots are called ${target.slots.blue}; the new version needs a place of its own.`;
    problems.push({ path: 'slots.green', message });
  }
  target.routes.forEach((route, index) => {
    if (!isRoute(route)) {
      const message = `${route} is of no kind that can be switched; those are service, httproute, grpcroute, ingress and virtualservice, such as service/${target.name}.`;
      problems.push({ path: `routes.${index}`, message });
    } else if (target.routes.indexOf(route) !== index) {
      problems.push({ path: `routes.${index}`, message: `${route} is named twice.` });
    }
  });
  if (manifest) {
    const pod = manifest.workload.spec.template.spec;
    for (const name of unknownContainers(target, pod)) {
      const known = pod.containers.map(container => container.name).join(', ');
      const message = `The manifest has no container called ${name}; it has ${known}.`;
      problems.push({ path: `images.${name}`, message });
    }
  }
  return problems;
}
