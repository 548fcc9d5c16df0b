/** Why a slot is not ready, as a person would find out: the app, its instances, the launch queue, the deployments. */
import { plain } from '../../lib/inert.js';
import type { Slot } from '../../release/model.js';
import { appId, readApp } from './apps.js';
import type { Context } from './context.js';
import { deploymentsOf, describeDeployment, listDeployments } from './deployments.js';
import { readWaiting, waitingText } from './queue.js';
import { failureText } from './readiness.js';
import { isHealthy } from './tasks.js';

/** Instances of one definition fail alike: more of them say the same again. */
const TASKS_SHOWN = 3;

export async function explainSlot({ client }: Context, slot: Slot, signal: AbortSignal): Promise<readonly string[]> {
  const id = appId(slot);
  const app = await readApp(client, id, signal);
  if (!app) return [`There is no app ${id}.`];
  const [waiting, deployments] = await Promise.all([readWaiting(client, id, signal), listDeployments(client, signal)]);
  const unhealthy = (app.tasks ?? []).filter(task => !isHealthy(app, task));
  const failure = app.lastTaskFailure;
  return [
    ...(failure
      ? [
          `The last instance that failed, on ${failure.host ?? 'an agent'} at ${failure.timestamp ?? '?'}: ${failureText(failure)}`,
        ]
      : []),
    ...unhealthy.slice(0, TASKS_SHOWN).map(task => {
      const causes = (task.healthCheckResults ?? []).flatMap(({ lastFailureCause }) => lastFailureCause ?? []);
      return `Instance ${task.id} on ${task.host ?? '?'} is ${task.state ?? 'in no state'}${causes.length ? `: ${causes.join('; ')}` : ''}`;
    }),
    ...(unhealthy.length > TASKS_SHOWN ? [`${unhealthy.length - TASKS_SHOWN} more are not healthy.`] : []),
    ...(waiting ? [`In the launch queue: ${waitingText(waiting)}`] : []),
    ...deploymentsOf(deployments, id).map(one => `Marathon is still at work: ${describeDeployment(one)}`),
  ].map(line => plain(line, 500));
}
