/**
 * Green in private, and then for everybody: it is proved without the labels that marathon-lb reads, and started once more
 * with them. Both apps of a group share the traffic from the moment at which the second one has healthy instances.
 */
import { failure } from '../../../failures.js';
import type { Change, Slot, TargetPlan } from '../../../release/model.js';
import type { StillHeld } from '../../port.js';
import { appId, labelApp, readApp, requireApp, scaleApp } from '../apps.js';
import type { Context } from '../context.js';
import { appOf, isMadeFrom } from '../definition.js';
import { putApp, scaleSlot } from '../deployment.js';
import { marathonFailure } from '../failures.js';
import type { App, Definition } from '../objects.js';
import { healthyTasks, isAtWork, listTasks } from '../tasks.js';
import { until } from '../waiting.js';
import { heldBack, isPublished, shown, startAfter } from './labels.js';

/** Green with its labels held back. Throws MANIFEST, STILL_LIVE, or what Marathon says. */
export async function deployPrivately(
  context: Context,
  definition: Definition | undefined,
  plan: TargetPlan,
  proveNotLive: (app: App) => Promise<void>,
  signal: AbortSignal,
  held: StillHeld = async () => undefined,
): Promise<readonly Change[]> {
  if (!definition) {
    const sentences = [`targets.${plan.target}.manifest is missing, and a deployment needs it.`];
    throw marathonFailure('MANIFEST', { sentences });
  }
  const size = plan.batch ?? plan.size;
  const wanted = heldBack(appOf(definition, plan.green, plan.version ?? '', size));
  const existing = await readApp(context.client, wanted.id, signal);
  if (existing && !isPublished(existing) && isMadeFrom(existing, wanted))
    return scaleSlot(context, plan.green, size, signal);
  // Since the plan was made another run may have made it the live one: this would then restart live instances.
  if (existing) await proveNotLive(existing);
  return putApp(context, wanted, existing, signal, held);
}

/**
 * Gives green the labels, and so its part of the traffic. Its instances end first: those that are there would be served at
 * once, and then restarted by Marathon under their users. Answers when the write was made, in milliseconds since the epoch; undefined: it was published already. Throws NO_LONGER_READY.
 */
export async function publish(
  context: Context,
  slot: Slot,
  size: number,
  other: Slot | undefined,
  signal: AbortSignal,
  held: StillHeld = async () => undefined,
): Promise<number | undefined> {
  const { client } = context;
  const [green, blue] = await Promise.all([
    requireApp(client, appId(slot), signal),
    other === undefined ? undefined : readApp(client, appId(other), signal),
  ]);
  if (isPublished(green)) return undefined;
  const healthy = healthyTasks(green).length;
  if (healthy < green.instances || healthy === 0)
    throw failure('NO_LONGER_READY', { slot, text: `${healthy} of ${green.instances} instances are healthy` });
  await held(signal);
  await scaleApp(client, green.id, 0, signal);
  const isEmpty = async () => {
    const [app, tasks] = await Promise.all([readApp(client, green.id, signal), listTasks(client, green.id, signal)]);
    return tasks.filter(isAtWork).length === 0 && (app?.deployments ?? []).length === 0;
  };
  await until(context, isEmpty, signal);
  await held(signal);
  const at = client.clock.now();
  const { labels = {} } = shown(green, size, startAfter(at, blue));
  await labelApp(client, green.id, { labels, instances: green.instances }, signal);
  return at;
}
