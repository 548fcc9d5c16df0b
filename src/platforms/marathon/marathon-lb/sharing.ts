/**
 * How marathon-lb shares a port between the two apps of a deployment group, as its source says (`get_apps`): the app that
 * was scaled later is the new one, and of the other one as many instances are out, the first by their ids, as the new one
 * has healthy ones beyond what both together need. Nobody else can take an instance out.
 */
import type { Change } from '../../../release/model.js';
import type { StillHeld } from '../../port.js';
import { killAndScale, readApp, requireApp, scaleApp } from '../apps.js';
import type { Context } from '../context.js';
import { endDeployments } from '../deployments.js';
import type { App } from '../objects.js';
import { titleOf } from '../proposal.js';
import { healthyTasks, isAtWork, isHealthy } from '../tasks.js';
import { until } from '../waiting.js';
import { isPublished, STARTED_LABEL, TARGET_LABEL } from './labels.js';

/** Whether marathon-lb takes `app` for the new one of the two. */
export function isNew(app: App, other: App): boolean {
  const scaled = ({ versionInfo, version }: App) => Date.parse(versionInfo?.lastScalingAt ?? version);
  if (scaled(app) !== scaled(other)) return scaled(app) > scaled(other);
  return (app.labels?.[STARTED_LABEL] ?? '') > (other.labels?.[STARTED_LABEL] ?? '');
}

/** How many instances of the old app marathon-lb takes out. */
export function leavingCount(old: App, fresh: App): number {
  const healthy = healthyTasks(fresh).length;
  const target = Number(fresh.labels?.[TARGET_LABEL] ?? 1);
  return Math.min((old.tasks ?? []).filter(isAtWork).length, healthy, Math.max(0, healthy + old.instances - target));
}

/**
 * Makes marathon-lb take this app for the new one: only scaling does, so it is asked for one instance more, and that is
 * taken back at once, before an agent has offered room. Undefined: it was so already.
 */
export async function makeNew(
  context: Context,
  id: string,
  otherId: string,
  signal: AbortSignal,
  held: StillHeld = async () => undefined,
): Promise<Change | undefined> {
  const { client } = context;
  const [app, other] = await Promise.all([requireApp(client, id, signal), readApp(client, otherId, signal)]);
  if (!other || !isPublished(other) || (other.tasks ?? []).length === 0 || isNew(app, other)) return undefined;
  await held(signal);
  await scaleApp(client, id, app.instances + 1, signal);
  await endDeployments(client, id, signal);
  await until(context, async () => ((await readApp(client, id, signal))?.deployments ?? []).length === 0, signal);
  await takeBack(context, id, app, signal);
  return { verb: 'scale', object: titleOf(id), detail: `touched, so that marathon-lb prefers it to ${otherId}` };
}

/** The one more that was started all the same goes again, as long as it has no traffic. */
async function takeBack({ client }: Context, id: string, before: App, signal: AbortSignal): Promise<void> {
  const now = await requireApp(client, id, signal);
  if (now.instances <= before.instances) return;
  const known = new Set((before.tasks ?? []).map(task => task.id));
  const more = (now.tasks ?? []).find(task => !known.has(task.id) && isAtWork(task) && !isHealthy(now, task));
  if (more) await killAndScale(client, id, [more.id], signal);
  else client.debug(`${id} keeps one instance more than it had: it serves already.`);
}
