/** Green: created or scaled, idempotently. An update would roll instances over one by one, so a changed one is made anew. */
import type { TargetConfig } from '../../config/schema.js';
import type { Change, Slot, TargetPlan } from '../../release/model.js';
import type { StillHeld } from '../port.js';
import { titleOf } from './changes.js';
import { WRITE_ATTEMPTS } from './client.js';
import { type Context, namespaceOf, readingOf, until } from './context.js';
import { deploymentOf } from './definition.js';
import { bcsFailure, hasCode, isUncertain } from './failures.js';
import { isDeployed, versionOf } from './observation.js';
import { readSlot, readSlotNow, type SlotObjects, taskgroupsOf } from './reads.js';
import { requireRouting } from './switching.js';

/** Makes green what the definition says, at the planned size. Throws MANIFEST, ROUTE_CHANGED, or what BCS says. */
export async function deployGreen(
  context: Context,
  target: TargetConfig,
  plan: TargetPlan,
  signal: AbortSignal,
  held: StillHeld = async () => undefined,
): Promise<readonly Change[]> {
  const reading = await readingOf(context, target);
  const { definition } = reading;
  if (!definition) {
    const sentences = [`targets.${plan.target}.manifest is missing, and a deployment needs it.`];
    throw bcsFailure('MANIFEST', { sentences });
  }
  const namespace = namespaceOf(context, target, reading);
  // Since the plan was made another run may have made green the live slot: this would then delete live instances.
  await requireRouting(context, plan.adopted ?? plan.previous, signal);
  const existing = await readSlotNow(context, namespace, plan.green, signal);
  if (isDeployed(existing, plan.version)) return scaleSlot(context, namespace, plan.green, plan.size, signal);
  await held(signal);
  const changes: Change[] = [];
  if (existing.deployment) {
    await removeDeployment(context, namespace, existing, signal);
    changes.push({
      verb: 'delete',
      object: titleOf(plan.green),
      detail: `version ${versionOf(existing) ?? 'not known'}`,
    });
  }
  const wanted = deploymentOf(definition, target, plan.green, plan.version ?? '', plan.size, namespace);
  await create(context, namespace, wanted, plan, signal);
  changes.push({
    verb: 'create',
    object: titleOf(plan.green),
    detail: `version ${plan.version}, ${plan.size} instances`,
  });
  return changes;
}

async function create(
  { client }: Context,
  namespace: string,
  wanted: ReturnType<typeof deploymentOf>,
  plan: TargetPlan,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.write(
        'POST',
        `${encodeURIComponent(namespace)}/deployments`,
        wanted,
        `create the deployment ${plan.green}`,
        signal,
      );
      return;
    } catch (error) {
      // After an answer that was lost, the name is taken by what was made; readiness asks for the version.
      if (attempt > 1 && hasCode(error, 'CONFLICT')) return;
      if (!isUncertain(error) || attempt >= WRITE_ATTEMPTS) throw error;
      await client.pause(attempt, signal);
    }
  }
}

/** At least so many instances. Throws DEPLOYMENT_NOT_FOUND. */
export async function scaleSlot(
  context: Context,
  namespace: string,
  slot: Slot,
  size: number,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const { application, deployment } = await readSlotNow(context, namespace, slot, signal);
  if (!deployment) throw bcsFailure('DEPLOYMENT_NOT_FOUND', { slot });
  const now = application?.instance ?? 0;
  if (now >= size) return [];
  await setSize(context, namespace, slot, size, signal);
  return [{ verb: 'scale', object: titleOf(slot), detail: `instances ${now} -> ${size}` }];
}

/** The same size twice is the same as once. */
export async function setSize(
  { client }: Context,
  namespace: string,
  slot: Slot,
  size: number,
  signal: AbortSignal,
): Promise<void> {
  const path = `${encodeURIComponent(namespace)}/deployments/${encodeURIComponent(slot)}/scale/${size}`;
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.write('PUT', path, undefined, `scale the deployment ${slot} to ${size}`, signal);
    } catch (error) {
      if (!isUncertain(error) || attempt >= WRITE_ATTEMPTS) throw error;
      await client.pause(attempt, signal);
    }
  }
}

/** Deletes, and waits for absence: the answer comes at once, and says nothing. What is gone already is fine. */
export async function removeDeployment(
  context: Context,
  namespace: string,
  { slot, deployment }: SlotObjects,
  signal: AbortSignal,
): Promise<void> {
  const { client } = context;
  await orderRemoval(context, namespace, slot, signal);
  const applications = [deployment?.application?.name, deployment?.application_ext?.name].filter(isNamed);
  const isGone = async () => {
    const [left, definition, ...taskgroups] = await Promise.all([
      readSlot(client, namespace, slot, signal),
      client.definition(namespace, slot, `read the definition of ${slot}`, signal),
      ...applications.map(name => taskgroupsOf(client, namespace, name, signal)),
    ]);
    return left.deployment === undefined && definition === undefined && taskgroups.flat().length === 0;
  };
  await until(context, isGone, signal);
}

function isNamed(name: string | undefined): name is string {
  return name !== undefined;
}

/** A second order while the first is carried out is a success, and one after it finds nothing: both are fine. */
async function orderRemoval({ client }: Context, namespace: string, slot: Slot, signal: AbortSignal): Promise<void> {
  const path = `${encodeURIComponent(namespace)}/deployments/${encodeURIComponent(slot)}?enforce=0`;
  for (let attempt = 1; ; attempt++) {
    try {
      return await client.write('DELETE', path, undefined, `delete the deployment ${slot}`, signal);
    } catch (error) {
      if (hasCode(error, 'GONE')) return;
      if (!isUncertain(error) || attempt >= WRITE_ATTEMPTS) throw error;
      await client.pause(attempt, signal);
    }
  }
}
