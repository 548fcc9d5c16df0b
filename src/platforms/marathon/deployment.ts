/** Green: created, replaced or scaled, idempotently. */
import type { Change, Slot, TargetPlan } from '../../release/model.js';
import type { StillHeld } from '../port.js';
import { appId, createApp, readApp, replaceApp, requireApp, scaleApp } from './apps.js';
import type { Context } from './context.js';
import { appOf, isMadeFrom } from './definition.js';
import { endDeployments } from './deployments.js';
import { hasCode, marathonFailure } from './failures.js';
import { type App, type AppDefinition, type Definition, SLOT_LABEL } from './objects.js';
import { detailOf, sizeChange, titleOf } from './proposal.js';
import { requireRouting } from './switching.js';

/** Makes green what the definition says, at the planned size. Throws MANIFEST, ROUTE_CHANGED, or what Marathon says. */
export async function deployGreen(
  context: Context,
  definition: Definition | undefined,
  plan: TargetPlan,
  signal: AbortSignal,
  held: StillHeld = async () => undefined,
): Promise<readonly Change[]> {
  const { client } = context;
  if (!definition) {
    const sentences = [`targets.${plan.target}.manifest is missing, and a deployment needs it.`];
    throw marathonFailure('MANIFEST', { sentences });
  }
  // Since the plan was made another run may have made green the live slot: this would then restart live instances.
  await requireRouting(client, plan.adopted ?? plan.previous, signal);
  const wanted = appOf(definition, plan.green, plan.version ?? '', plan.batch ?? plan.size);
  const existing = await readApp(client, wanted.id, signal);
  if (existing && isMadeFrom(existing, wanted)) return scaleSlot(context, plan.green, plan.batch ?? plan.size, signal);
  return putApp(context, wanted, existing, signal, held);
}

/** Creates an app, or makes the one that is there what the definition says. */
export async function putApp(
  context: Context,
  wanted: AppDefinition,
  existing: App | undefined,
  signal: AbortSignal,
  held: StillHeld,
): Promise<readonly Change[]> {
  const { client } = context;
  if (!existing) return create(context, wanted, signal);
  await held(signal);
  // A green that never came up keeps itself locked.
  if (existing.labels?.[SLOT_LABEL]) await endDeployments(client, wanted.id, signal);
  await replaceApp(client, wanted, signal);
  return [{ verb: 'update', object: titleOf(wanted.id), detail: detailOf(existing, wanted) }];
}

async function create({ client }: Context, wanted: AppDefinition, signal: AbortSignal): Promise<readonly Change[]> {
  try {
    await createApp(client, wanted, app => isMadeFrom(app, wanted), signal);
  } catch (error) {
    // A run before this one may have been faster than its own death.
    const found = hasCode(error, 'CONFLICT') ? await readApp(client, wanted.id, signal) : undefined;
    if (!found || !isMadeFrom(found, wanted)) throw error;
  }
  return [{ verb: 'create', object: titleOf(wanted.id), detail: detailOf(undefined, wanted) }];
}

/** At least so many instances. Throws APP_NOT_FOUND. */
export async function scaleSlot(
  { client }: Context,
  slot: Slot,
  size: number,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const app = await requireApp(client, appId(slot), signal);
  const change = sizeChange(app, size);
  if (change.length > 0) await scaleApp(client, app.id, size, signal);
  return change;
}
