/** How ready a slot is: by its application's counts, every taskgroup and every health check, never by the deployment's status. */
import type { Readiness, Slot } from '../../release/model.js';
import { type Context, pauseBetween } from './context.js';
import type { Taskgroup } from './objects.js';
import { versionOf } from './observation.js';
import { checksOf, isReady, readSlot, type SlotObjects } from './reads.js';

export interface Wanted {
  readonly slot: Slot;
  readonly size: number;
  /** Undefined: any version counts. */
  readonly version: string | undefined;
}

/** At once, and then whenever it has changed. */
export async function* watchReadiness(
  context: Context,
  namespace: string,
  wanted: Wanted,
  signal: AbortSignal,
): AsyncGenerator<Readiness> {
  let last: string | undefined;
  for (;;) {
    const state = readinessOf(wanted, await readSlot(context.client, namespace, wanted.slot, signal));
    const text = JSON.stringify(state);
    if (text !== last) yield state;
    last = text;
    await pauseBetween(context, signal);
  }
}

/** Pure: whether everything that was asked for is there, of the wanted version, healthy, and nothing else. */
export function readinessOf(wanted: Wanted, found: SlotObjects): Readiness {
  const { size, slot, version } = wanted;
  const { deployment, application, taskgroups } = found;
  const none = (text: string): Readiness => ({
    wanted: size,
    ready: 0,
    complete: false,
    text: `0/${size} ready, ${text}`,
    hopeless: undefined,
  });
  if (!deployment) return none(`${slot} does not exist, or is not shown yet`);
  if (version !== undefined && versionOf(found) !== version)
    return none(`its version is ${versionOf(found) ?? 'not known'}`);
  if (!application) return none('its application is not shown yet');
  const ready = taskgroups.filter(isReady).length;
  const { instance, buildedInstance, runningInstance, status } = application;
  const isStill = deployment.status === 'Running' && !deployment.application_ext;
  const isWhole = [instance, buildedInstance, runningInstance, taskgroups.length, ready].every(
    count => count === instance,
  );
  const parts = [
    `${ready}/${size} ready`,
    ...(instance < size ? [`only ${instance} asked for`] : []),
    ...(taskgroups.length > instance ? [`${taskgroups.length - instance} too many`] : []),
    ...(Math.min(buildedInstance, runningInstance) < instance
      ? [`the application counts ${buildedInstance} built and ${runningInstance} running of ${instance}`]
      : []),
    ...troublesOf(taskgroups),
    ...(status === 'Running'
      ? []
      : [`the application is ${status}${application.message ? ` (${application.message})` : ''}`]),
    ...(isStill ? [] : [`the deployment is ${deployment.status}`]),
  ];
  const complete = isStill && isWhole && instance >= size && status === 'Running';
  return { wanted: size, ready, complete, text: parts.join(', '), hopeless: undefined };
}

/** Such as `2 starting, 1 unhealthy (check failed)`. */
function troublesOf(taskgroups: readonly Taskgroup[]): readonly string[] {
  const words = taskgroups.filter(taskgroup => !isReady(taskgroup)).map(troubleOf);
  return [...new Set(words)].map(word => `${words.filter(other => other === word).length} ${word}`);
}

export function troubleOf(taskgroup: Taskgroup): string {
  const { message, status } = taskgroup;
  if (status !== 'Running') return `${status.toLowerCase()}${message ? ` (${message})` : ''}`;
  const failed = checksOf(taskgroup).find(({ result }) => !result);
  return `unhealthy${failed?.message ? ` (${failed.message})` : ''}`;
}
