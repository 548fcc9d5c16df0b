/** Why a slot is not ready, in BCS's own words. */
import type { Slot } from '../../release/model.js';
import type { Context } from './context.js';
import { troubleOf } from './readiness.js';
import { isReady, readSlot } from './reads.js';

/** One line for the application and one for each taskgroup in trouble. */
export async function explainSlot(
  { client }: Context,
  namespace: string,
  slot: Slot,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { application, taskgroups } = await readSlot(client, namespace, slot, signal);
  const said = application?.message
    ? [`application ${application.metadata.name}: ${application.status}, ${application.message}`]
    : [];
  const troubled = taskgroups
    .filter(taskgroup => !isReady(taskgroup))
    .flatMap(taskgroup => [
      `taskgroup ${taskgroup.metadata.name}: ${troubleOf(taskgroup)}`,
      ...(taskgroup.containerStatuses ?? []).flatMap(({ message }) => (message ? [`  container: ${message}`] : [])),
    ]);
  return [...said, ...troubled];
}
