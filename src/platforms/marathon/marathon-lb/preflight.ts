/** What can be seen before anything is written, behind marathon-lb; all findings at once. */
import type { Finding, TargetPlan } from '../../../release/model.js';
import { listApps } from '../apps.js';
import type { Context } from '../context.js';
import type { App, Definition } from '../objects.js';
import { blueFindings, definitionFindings, roomFindings } from '../preflight/apps.js';
import { type Said, tell } from '../preflight/said.js';
import { lockFindings, versionFindings } from '../preflight/servers.js';
import { healthyTasks } from '../tasks.js';
import { DEPLOYMENT_LABEL, deploymentGroup, sharingProblem } from './labels.js';
import type { PublishedObservation } from './observation.js';
import { isServed, lookAtPorts, portsOf, strangers } from './servers.js';

export async function findingsOfApps(
  context: Context,
  { target, definition, apps }: PublishedObservation,
  plan: TargetPlan,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const blue = plan.blue === undefined ? undefined : apps.get(plan.blue);
  const own = [...apps.values()].flatMap(app => app ?? []);
  const asked = await Promise.all([
    versionFindings(context, signal),
    lockFindings(context, [plan.green, ...(plan.blue ? [plan.blue] : [])], signal),
    balancerFindings(context, target, blue, own, signal),
    companyFindings(context, target, own, signal),
  ]);
  const said = [
    ...asked.flat(),
    ...sharingFindings(target, blue),
    ...(definition ? ownFindings(definition) : []),
    ...blueFindings(blue),
    ...roomFindings(definition, apps.get(plan.green), plan.batch ?? plan.size),
  ];
  return said.map(one => ({ ...one, target: target.name }));
}

/** Who is healthy is the heart of it here: marathon-lb counts instances that were only asked for, where nothing says it. */
function ownFindings(definition: Definition): readonly Said[] {
  const ofPorts = definitionFindings(definition, [], true).filter(({ code }) => code === 'FIXED_HOST_PORT');
  if ((definition.healthChecks ?? []).length > 0) return ofPorts;
  const message = 'Without healthChecks marathon-lb takes an instance for healthy that was only asked for.';
  return [tell('error', 'NO_HEALTH_CHECK', message, 'Give the app definition a health check.'), ...ofPorts];
}

function sharingFindings(target: PublishedObservation['target'], blue: App | undefined): readonly Said[] {
  if (!blue) return [];
  const problems = portsOf(target).flatMap(port => sharingProblem(blue, port) ?? []);
  const remedy =
    'Scale it to the number that its label says, or replace it once by an app that docs/dcos.md describes, at a quiet time.';
  return problems.map(problem => tell('error', 'NOT_SHAREABLE', `${problem}.`, remedy));
}

/** Whether every load balancer can be asked, and serves what blue is, and nothing that nobody knows. */
async function balancerFindings(
  context: Context,
  target: PublishedObservation['target'],
  blue: App | undefined,
  own: readonly App[],
  signal: AbortSignal,
): Promise<readonly Said[]> {
  const seen = await lookAtPorts(context, target, signal);
  if ('problem' in seen) {
    const remedy = 'Run where every marathon-lb can be reached: who is out of it is known from there alone.';
    return [tell('error', 'LOAD_BALANCER_UNSEEN', `A load balancer cannot be asked: ${seen.problem}.`, remedy)];
  }
  const behind = seen.ports.filter(at => blue && healthyTasks(blue).some(task => !isServed(blue, task, at)));
  const strange = strangers(own, seen.ports);
  return [
    ...behind.map(({ url, group, port }) => {
      const message = `The load balancer ${url} does not have all instances of ${blue?.id} up for ${group} at ${port}.`;
      const remedy =
        'Look at its groups (HAPROXY_GROUP) and whether it follows Marathon: a switch could not be confirmed.';
      return tell('error', 'LOAD_BALANCER_BEHIND', message, remedy);
    }),
    ...strange.slice(0, 1).map(server => {
      const message = `The server ${server} is an instance of neither slot.`;
      return tell(
        'error',
        'STRANGE_BACKEND',
        message,
        'Name the app that it belongs to as a slot, or correct the route.',
      );
    }),
  ];
}

/** marathon-lb shares a port between two apps; a third one of the group would be taken for one of them. */
async function companyFindings(
  { client }: Context,
  target: PublishedObservation['target'],
  own: readonly App[],
  signal: AbortSignal,
): Promise<readonly Said[]> {
  const groups = new Set(portsOf(target).map(({ group }) => group));
  const listed = await listApps(client, DEPLOYMENT_LABEL, signal);
  const others = listed.filter(app => groups.has(deploymentGroup(app) ?? '') && !own.some(({ id }) => id === app.id));
  return others.map(({ id }) => {
    const message = `${id} is in the same deployment group as the two slots.`;
    return tell(
      'error',
      'STRANGE_BACKEND',
      message,
      'Remove it, or name it as one of the slots: a group has two apps.',
    );
  });
}
