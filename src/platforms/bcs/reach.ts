/** Ways to the instances themselves: for checks in private, and for gauges. */
import type { TargetConfig } from '../../config/schema.js';
import { RequestFailed } from '../../lib/http.js';
import { startRelay } from '../../lib/relay.js';
import type { Slot } from '../../release/model.js';
import type { Endpoint, InstanceAnswer, InstanceQuestion } from '../port.js';
import { addressAt, addressesOf } from './addresses.js';
import type { Context } from './context.js';
import { bcsFailure } from './failures.js';
import type { Taskgroup } from './objects.js';
import { requireService } from './observation.js';
import { isReady, readService, readSlot } from './reads.js';

/** An instance that is asked for a number answers at once or is not to be relied on. */
const ANSWER_MS = 5_000;

/** The slot's ready instances in turn, straight at their hosts. Throws DEPLOYMENT_NOT_FOUND and NO_PREVIEW. */
export async function previewSlot(
  context: Context,
  target: TargetConfig,
  namespace: string,
  slot: Slot,
  signal: AbortSignal,
): Promise<Endpoint> {
  const [port, { deployment, taskgroups }] = await Promise.all([
    livePort(context, target, namespace, signal),
    readSlot(context.client, namespace, slot, signal),
  ]);
  if (!deployment) throw bcsFailure('DEPLOYMENT_NOT_FOUND', { slot });
  const ready = taskgroups.filter(isReady);
  if (ready.length === 0) throw bcsFailure('NO_PREVIEW', { slot, reason: 'none of its instances is ready' });
  const addresses = ready
    .flatMap(taskgroup => addressesOf(taskgroup, port)[0]?.[0] ?? [])
    .map(address => new URL(`http://${address}`));
  if (addresses.length === 0)
    throw bcsFailure('NO_PREVIEW', {
      slot,
      reason: `none of its instances has the port ${port ?? 'that is asked for'}`,
    });
  return await startRelay(addresses, `the ready instances of ${slot}, at their hosts`);
}

/** Asks every instance of a slot that may still be at work, each at its host. */
export async function askInstances(
  context: Context,
  target: TargetConfig,
  namespace: string,
  slot: Slot,
  question: InstanceQuestion,
  signal: AbortSignal,
): Promise<readonly InstanceAnswer[]> {
  const [port, { taskgroups }] = await Promise.all([
    livePort(context, target, namespace, signal),
    readSlot(context.client, namespace, slot, signal),
  ]);
  return Promise.all(
    taskgroups.map(async taskgroup => ({
      instance: taskgroup.metadata.name,
      life: `${taskgroup.metadata.name} ${taskgroup.startTime ?? ''}`,
      answer: await ask(context, addressFor(taskgroup, port, question), question.path, signal),
    })),
  );
}

/** The first port name of the first route's service: backends are matched by it. */
async function livePort(
  { client }: Context,
  target: TargetConfig,
  namespace: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [route] = target.routes;
  if (route === undefined) return undefined;
  const service = await readService(client, namespace, requireService(route), signal);
  return service?.spec.ports?.[0]?.name;
}

function addressFor(taskgroup: Taskgroup, live: string | undefined, { port }: InstanceQuestion): string | undefined {
  return port === undefined ? addressesOf(taskgroup, live)[0]?.[0] : addressAt(taskgroup, port);
}

async function ask(
  context: Context,
  address: string | undefined,
  path: string,
  signal: AbortSignal,
): Promise<InstanceAnswer['answer']> {
  if (address === undefined) return { problem: 'it has no such port' };
  try {
    const { status, text } = await context.ask({ url: `http://${address}${path}`, timeoutMs: ANSWER_MS, signal });
    return status === 200 ? { text } : { problem: `it answered with status ${status}` };
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    return { problem: error.message.replace(/\.$/, '') };
  }
}
