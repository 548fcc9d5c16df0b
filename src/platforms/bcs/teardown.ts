/** Taking a slot away, after proof that it is not live (P7), and waiting until it is gone. */
import type { TargetConfig } from '../../config/schema.js';
import { failure } from '../../failures.js';
import type { Change, Slot } from '../../release/model.js';
import type { StillHeld, TeardownHow } from '../port.js';
import { addressesOf } from './addresses.js';
import { titleOf } from './changes.js';
import { type Context, namespaceOf, pauseBetween, readingOf, until } from './context.js';
import { removeDeployment, setSize } from './deployment.js';
import { selectorText, selects } from './objects.js';
import { labelsOfSlot, requireService } from './observation.js';
import { listServices, readExport, readSlot, readSlotNow, type SlotObjects } from './reads.js';

/** What is gone already is fine. Throws STILL_LIVE, TAKEN_OVER, or what BCS says. */
export async function tearDown(
  context: Context,
  target: TargetConfig,
  slot: Slot,
  how: TeardownHow,
  signal: AbortSignal,
  held: StillHeld = async () => undefined,
): Promise<readonly Change[]> {
  if (how === 'keep') return [];
  const namespace = namespaceOf(context, target, await readingOf(context, target));
  const found = await readSlotNow(context, namespace, slot, signal);
  if (!found.deployment) return [];
  await Promise.all([proveNotLive(context, target, namespace, found, signal), held(signal)]);
  if (how === 'delete') {
    await removeDeployment(context, namespace, found, signal);
    return [{ verb: 'delete', object: titleOf(slot), detail: '' }];
  }
  const size = found.application?.instance ?? 0;
  if (size > 0) await setSize(context, namespace, slot, 0, signal);
  const isEmpty = async () => (await readSlot(context.client, namespace, slot, signal)).taskgroups.length === 0;
  await until(context, isEmpty, signal);
  return size > 0 ? [{ verb: 'scale', object: titleOf(slot), detail: `instances ${size} -> 0` }] : [];
}

/** No service of the namespace selects it, and none of the target's exports has an instance of it. Throws STILL_LIVE. */
async function proveNotLive(
  context: Context,
  target: TargetConfig,
  namespace: string,
  found: SlotObjects,
  signal: AbortSignal,
): Promise<void> {
  const services = await listServices(context.client, namespace, signal);
  const selecting = services.find(({ spec }) => selects(spec.selector, labelsOfSlot(found)));
  if (selecting) {
    const reason = `service ${selecting.metadata.name} selects ${selectorText(selecting.spec.selector)}`;
    throw failure('STILL_LIVE', { slot: found.slot, reason });
  }
  for (const route of target.routes) await proveNotExported(context, namespace, requireService(route), found, signal);
}

/** Exports follow late: so long it is looked again. */
async function proveNotExported(
  context: Context,
  namespace: string,
  service: string,
  { slot, taskgroups }: SlotObjects,
  signal: AbortSignal,
): Promise<void> {
  const { clock } = context.client;
  const until = clock.now() + 3 * context.section['read-lag'];
  for (;;) {
    const exported = await readExport(context.client, namespace, service, signal);
    const left = (exported?.ports ?? []).flatMap(({ name, backends }) => {
      const own = taskgroups.flatMap(taskgroup => addressesOf(taskgroup, name).flat());
      return (backends ?? [])
        .map(({ targetIP, targetPort }) => `${targetIP}:${targetPort}`)
        .filter(one => own.includes(one));
    });
    if (left.length === 0) return;
    if (clock.now() >= until)
      throw failure('STILL_LIVE', { slot, reason: `service ${service} still exports ${left[0]}` });
    await pauseBetween(context, signal);
  }
}
