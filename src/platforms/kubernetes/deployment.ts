/** Green, created or updated from the manifest. Every write is server-side apply, so it may be made again after a crash. */

import type { Change, TargetPlan } from '../../release/model.js';
import type { StillHeld } from '../port.js';
import { belongingsIn, isSame, isWorkload, recordedBelongings } from './belongings.js';
import { companionChange, copyChange, floorText, recreation, workloadChange } from './changes.js';
import { removeBelongings, removeCompanions } from './companions.js';
import { type Context, requireManifest, type Site } from './context.js';
import { greenAutoscaler, greenBudget, greenCopy } from './green.js';
import type { Manifest } from './manifest.js';
import { readMembers } from './members.js';
import { type KubernetesObject, title, type Workload } from './objects.js';
import { greenOf, memberGreen, type Piece, piecesOf } from './pieces.js';
import { AUTOSCALERS, DISRUPTION_BUDGETS, inVersionOf, isRoutingKind, resourceOfKind } from './resources.js';
import { isRouteOf } from './routes.js';
import { applyShared, createShared } from './shared.js';
import { removeProven } from './teardown.js';
import { readWorkload, slotKinds, workloadResource } from './workloads.js';
import { requireRouting } from './writes.js';

/**
 * Applies what comes with the workloads, then the main one, which tells of everything else that the slot has, then the
 * others and what stands beside them. Answers with the writes made.
 */
export async function deployGreen(
  context: Context,
  site: Site,
  plan: TargetPlan,
  signal: AbortSignal,
  held: StillHeld = async () => undefined,
): Promise<readonly Change[]> {
  const { client } = context;
  const manifest = requireManifest(site);
  const { namespace } = site;
  const changes: Change[] = [];
  const [existing] = await Promise.all([
    readWorkload(client, namespace, plan.green, signal, slotKinds(manifest)),
    requireRouting(client, plan.adopted ?? plan.previous, signal),
  ]);
  await held(signal);
  const pieces = await piecesOf(context, site, plan, existing, signal);
  const wanted = [...belongingsIn(manifest, plan.green)];

  for (const object of sharedOf(site)) changes.push(...(await applyOne(context, object, namespace, signal)));
  for (const object of manifest.copies) changes.push(await applyCopy(context, object, plan.green, namespace, signal));
  changes.push(...(await dropForsaken(context, site, plan.green, existing, signal, held)));
  for (const { existing: old, kept } of pieces) {
    if (!old || kept) continue;
    changes.push(recreation(old));
    await removeProven(context, site, old, signal, held);
  }
  for (const piece of pieces) {
    await client.apply(workloadResource(piece.wanted), piece.wanted, signal);
    changes.push(workloadChange(piece.wanted, piece.kept ? piece.existing : undefined));
    changes.push(...(await applyCompanions(context, manifest, piece, signal)));
  }
  const dropped = [AUTOSCALERS, DISRUPTION_BUDGETS].filter(
    ({ kind }) => !wanted.some(one => isSame(one, { kind, name: plan.green })),
  );
  const kinds = dropped.map(({ kind }) => kind);
  if (existing && kinds.length) changes.push(...(await removeCompanions(client, existing, signal, kinds)));
  return changes;
}

/** Applies green's autoscalers as the manifest has them: the floor that `deployGreen` put under them is taken away. */
export async function settleGreen(
  { client }: Context,
  site: Site,
  plan: TargetPlan,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const { manifest } = site;
  if (!manifest) return [];
  const changes: Change[] = [];
  for (const member of [manifest, ...manifest.members]) {
    const isMain = member === manifest;
    const green = isMain ? greenOf(site, plan, undefined) : memberGreen(manifest, site.namespace, member, plan);
    const autoscaler = greenAutoscaler(member, green, false);
    if (!autoscaler) continue;
    await client.apply(inVersionOf(AUTOSCALERS, autoscaler), autoscaler, signal);
    const { minReplicas = 1 } = autoscaler.spec;
    const floor = isMain ? `: minReplicas ${Math.max(minReplicas, plan.size)} -> ${minReplicas}` : ', as written';
    changes.push(companionChange(autoscaler, green, floor, false));
  }
  return changes;
}

/** Documents that are for both slots. Routes of this target are the switch's business. */
function sharedOf({ target, manifest, namespace }: Site): readonly KubernetesObject[] {
  const isElsewhere = ({ metadata }: KubernetesObject) => (metadata.namespace ?? namespace) !== namespace;
  return (manifest?.others ?? []).filter(object => isElsewhere(object) || !isRouteOf(target, object));
}

async function applyOne(
  { client }: Context,
  object: KubernetesObject,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  if (isRoutingKind(object.kind)) return createShared(client, object, namespace, signal);
  return applyShared(client, object, namespace, signal);
}

async function applyCopy(
  { client }: Context,
  object: KubernetesObject,
  slot: string,
  namespace: string,
  signal: AbortSignal,
): Promise<Change> {
  const copy = greenCopy(object, { slot, namespace });
  const resource = resourceOfKind(object.kind);
  if (!resource) throw new Error(`Copies are of known kinds, and ${object.kind} is none.`);
  const { isNew } = await client.apply(resource, copy, signal);
  return copyChange(copy, isNew);
}

/** What the slot had from an earlier release, and the manifest no longer has. */
async function dropForsaken(
  context: Context,
  site: Site,
  slot: string,
  existing: Workload | undefined,
  signal: AbortSignal,
  held: StillHeld,
): Promise<readonly Change[]> {
  if (!existing) return [];
  const { client } = context;
  const wanted = belongingsIn(requireManifest(site), slot);
  const forsaken = (recordedBelongings(existing) ?? []).filter(one => !wanted.some(other => isSame(one, other)));
  const changes: Change[] = [];
  for (const workload of await readMembers(client, site.namespace, forsaken.filter(isWorkload), signal)) {
    await removeProven(context, site, workload, signal, held);
    changes.push({ verb: 'delete', object: title(workload), detail: '' });
  }
  return [...changes, ...(await removeBelongings(client, site.namespace, slot, forsaken, signal))];
}

async function applyCompanions(
  { client }: Context,
  manifest: Manifest,
  { member, green }: Piece,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const changes: Change[] = [];
  const autoscaler = greenAutoscaler(member, green, true);
  const budget = greenBudget(manifest, green, member);
  if (autoscaler) {
    const { isNew } = await client.apply(inVersionOf(AUTOSCALERS, autoscaler), autoscaler, signal);
    changes.push(companionChange(autoscaler, green, floorText(green), isNew));
  }
  if (budget) {
    const { isNew } = await client.apply(inVersionOf(DISRUPTION_BUDGETS, budget), budget, signal);
    changes.push(companionChange(budget, green, '', isNew));
  }
  return changes;
}
