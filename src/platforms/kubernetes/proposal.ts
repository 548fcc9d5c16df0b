/** What green and the routing would become, computed from an observation. Pure. */
import type { Routing } from '../../release/model.js';
import { madeFrom } from '../made-from.js';
import type { Proposal, Roles } from '../port.js';
import { blueServices, labelsForBackends } from './backends/proposal.js';
import { deployChanges, isDeployed, teardownChanges } from './changes.js';
import { kubernetesFailure } from './failures.js';
import { manifestLabels, manifestSize } from './green.js';
import type { Observation } from './observation.js';
import type { Present } from './present.js';
import { patchCommand } from './routes.js';
import { proposeRouting } from './routing.js';
import { type Transition, transition } from './selectors.js';
import { isWorkers, workersCommand } from './workers.js';
import { wantedSize } from './workloads.js';

/** Who is who; the part of `Roles` that selectors depend on. */
export type Parts = Pick<Roles, 'blue' | 'green' | 'version'>;

/** Green's labels and all selectors. Throws WORKLOAD_NOT_FOUND when there is neither a manifest nor a green. */
export function transitionOf(observation: Observation, parts: Parts): Transition {
  const { services, workloads, manifest, namespace } = observation;
  const { blue, green } = parts;
  const fixed = isDeployed(observation, parts);
  const existing = workloads.get(green)?.spec.template.metadata?.labels;
  const labels = fixed
    ? existing
    : manifest && { ...manifestLabels(manifest), ...labelsForBackends(observation, green) };
  if (!labels) throw kubernetesFailure('WORKLOAD_NOT_FOUND', { namespace, slot: green });
  const selecting = services.map(({ name, service, definition, pods }) => ({
    name,
    exists: service !== undefined,
    selector: service?.spec.selector ?? definition?.spec.selector ?? {},
    podLabels: pods.map(pod => pod.metadata.labels ?? {}),
  }));
  const kept = blueServices(observation, blue).map(({ service: name, selector }) => ({
    name,
    exists: true,
    fixed: true,
    selector,
    podLabels: [],
  }));
  const blueLabels = blue === undefined ? undefined : workloads.get(blue)?.spec.template.metadata?.labels;
  return transition([...selecting, ...kept], { slot: green, labels, fixed }, blueLabels);
}

/** Everything that green and the routes become. `previous` is the routing of the snapshot that the roles came from. */
export function propose(
  observation: Observation,
  previous: Routing,
  roles: Roles,
  present: Present = new Map(),
): Proposal {
  const found = transitionOf(observation, roles);
  const size = sizeOf(observation, roles);
  const { adopted, next, stages, changes } = proposeRouting(observation, previous, roles, size, found);
  return {
    size,
    next,
    adopted,
    stages,
    changes: [
      ...deployChanges(observation, roles, found, size, present),
      ...changes,
      ...teardownChanges(observation, roles),
    ],
    rollbackCommand: roles.blue === undefined ? undefined : commandBack(observation, adopted ?? previous, roles),
    definition: madeFrom(observation.manifest, observation.target),
  };
}

function commandBack({ manifest }: Observation, to: Routing, roles: Roles): string | undefined {
  const [first] = to.routes;
  const kind = manifest?.workload.kind ?? 'Deployment';
  return first && isWorkers(first) ? workersCommand(first, roles, kind) : patchCommand(to);
}

/** The size that the roles ask for, else the manifest's, else what green has already. */
function sizeOf({ manifest, workloads }: Observation, { size, green }: Roles): number {
  if (size !== undefined && size > 0) return size;
  return manifest ? manifestSize(manifest) : wantedSize(workloads.get(green));
}
