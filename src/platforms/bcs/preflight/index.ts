/** Traps of a Mesos cluster of BCS, and of the guide's own files; all of them at once. */
import type { Finding, TargetPlan } from '../../../release/model.js';
import type { Journey } from '../../port.js';
import { titleOf } from '../changes.js';
import type { Context } from '../context.js';
import { GROUP_LABEL } from '../objects.js';
import type { Observation } from '../observation.js';
import { listApplications, listServices } from '../reads.js';
import { lookAtFiles } from './files.js';
import { lookAtLabels, lookAtSelectors } from './labels.js';
import { portNames, type Tell } from './said.js';
import { lookAtClaims, lookAtPorts } from './services.js';

/** Writes nothing. Two requests more than were made to observe. */
export async function findingsOf(
  { client }: Context,
  observation: Observation,
  plan: TargetPlan,
  signal: AbortSignal,
  journey: Journey | undefined,
): Promise<readonly Finding[]> {
  const { namespace, target } = observation;
  const [applications, services] = await Promise.all([
    listApplications(client, namespace, signal),
    listServices(client, namespace, signal),
  ]);
  const findings: Finding[] = [];
  const tell: Tell = (severity, code, message, remedy) =>
    findings.push({ severity, code, target: target.name, message, remedy });
  for (const { service } of observation.routes) {
    lookAtPorts(service, portNames(observation), 'error', tell);
    lookAtClaims(service, services, tell);
  }
  lookAtFiles(observation, findings, tell);
  lookAtLabels(observation, plan, tell);
  lookAtSelectors(observation, plan, applications, tell);
  lookAtUpdates(observation, tell);
  const switches = journey === undefined || journey.steps.includes('switch');
  if (switches && !journey?.acceptsLag && plan.blue !== undefined) lookAtGap(observation, tell);
  return findings;
}

function lookAtUpdates({ cluster, slots, namespace }: Observation, tell: Tell): void {
  for (const { slot, deployment } of slots) {
    if (!deployment || (deployment.status === 'Running' && !deployment.application_ext)) continue;
    if (deployment.status === 'Deploying' || deployment.status === 'Deleting') continue;
    tell(
      'error',
      'UPDATE_UNDER_WAY',
      `${titleOf(slot)} is in status ${deployment.status}: somebody rolls it over at this moment.`,
      `Wait for that to end, or end it: bcs-client export --clusterid ${cluster} -ns ${namespace} && bcs-client cancel -t deployment -ns ${namespace} -n ${slot}`,
    );
  }
}

/** What the source of mesos-watch reads like, and nobody has measured. */
function lookAtGap({ routes }: Observation, tell: Tell): void {
  const exported = routes.filter(({ service }) => service.metadata.labels?.[GROUP_LABEL]).map(({ route }) => route);
  if (exported.length === 0) return;
  tell(
    'warning',
    'BACKENDS_MAY_RESET',
    `When the selector of ${exported.join(', ')} changes, BCS may take all backends out of the load balancer and bring them back one by one, which has been read to take up to three minutes.`,
    'Release when few users are there, watch the probe of the live URL, and set deadlines.confirm to 5m; switch.accept-lag: true says that you know.',
  );
}
