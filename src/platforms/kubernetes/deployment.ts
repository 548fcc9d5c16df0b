/** Green, created or updated from the manifest. Every write is server-side apply, so it may be made again after a crash. */

import { count } from '../../lib/units.js';
import type { Change, TargetPlan } from '../../release/model.js';
import type { StillHeld } from '../port.js';
import { removeCompanions } from './companions.js';
import { type Context, requireManifest, type Site } from './context.js';
import { type Green, greenAutoscaler, greenBudget, greenWorkload, manifestLabels } from './green.js';
import { proveNotLive } from './liveness.js';
import type { KubernetesObject, Workload } from './objects.js';
import { companionChange, labelsFor, recreation, shapeOf, workloadChange } from './proposal.js';
import { AUTOSCALERS, DEPLOYMENTS, DISRUPTION_BUDGETS, isRoutingKind } from './resources.js';
import { selectorsOf, serviceName } from './routes.js';
import { requireRouting } from './services.js';
import { applyShared, createShared } from './shared.js';
import { removeWorkload } from './teardown.js';
import { readWorkload } from './workloads.js';

/** Applies what comes with the workload, then the workload, then what stands beside it. Answers with the writes made. */
export async function deployGreen(
  context: Context,
  site: Site,
  plan: TargetPlan,
  signal: AbortSignal,
  held: StillHeld = async () => undefined,
): Promise<readonly Change[]> {
  const { client } = context;
  const manifest = requireManifest(site);
  const { namespace, target } = site;
  const changes: Change[] = [];
  const [existing] = await Promise.all([
    readWorkload(client, namespace, plan.green, signal),
    requireRouting(client, plan.adopted ?? plan.previous, signal),
  ]);
  await held(signal);
  const { green, kept } = greenOf(site, plan, existing);

  for (const object of sharedOf(site)) changes.push(...(await applyOne(context, object, namespace, signal)));
  if (existing && !kept) {
    await proveNotLive(context, site, existing, signal);
    changes.push(recreation(existing));
    await removeWorkload(client, existing, signal);
  }
  const wanted = greenWorkload(manifest, target, green);
  await client.apply(DEPLOYMENTS, wanted, signal);
  changes.push(workloadChange(wanted, kept ? existing : undefined));
  changes.push(...(await applyCompanions(context, site, green, signal)));
  const dropped = [AUTOSCALERS, DISRUPTION_BUDGETS]
    .map(({ kind }) => kind)
    .filter(kind => kind !== manifest.autoscaler?.kind && kind !== manifest.budget?.kind);
  if (existing && dropped.length) changes.push(...(await removeCompanions(client, existing, signal, dropped)));
  return changes;
}

/** Applies green's autoscaler as the manifest has it: the floor that `deployGreen` put under it is taken away. */
export async function settleGreen(
  { client }: Context,
  site: Site,
  plan: TargetPlan,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const { manifest } = site;
  if (!manifest?.autoscaler) return [];
  const { green } = greenOf(site, plan, undefined);
  const autoscaler = greenAutoscaler(manifest, green, false);
  if (!autoscaler) return [];
  await client.apply(AUTOSCALERS, autoscaler, signal);
  const { minReplicas = 1 } = manifest.autoscaler.spec;
  return [companionChange(autoscaler, green, `: minReplicas ${Math.max(minReplicas, plan.size)} -> ${minReplicas}`)];
}

function greenOf(site: Site, plan: TargetPlan, existing: Workload | undefined) {
  const labels = labelsFor(manifestLabels(requireManifest(site)), plan.next, plan.green);
  const shape = shapeOf(existing, labels, selectorsOf(plan.adopted ?? plan.previous));
  const { namespace } = site;
  const green: Green = { slot: plan.green, namespace, version: plan.version ?? '', size: plan.size, ...shape };
  return { green, kept: shape.selector !== undefined };
}

/** Documents that are for both slots. Services that are routes of this target are the switch's business. */
function sharedOf({ target, manifest, namespace }: Site): readonly KubernetesObject[] {
  const routes = new Set(target.routes.map(serviceName));
  const isRoute = ({ kind, metadata }: KubernetesObject) =>
    kind === 'Service' && routes.has(metadata.name) && (metadata.namespace ?? namespace) === namespace;
  return (manifest?.others ?? []).filter(object => !isRoute(object));
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

async function applyCompanions(
  { client }: Context,
  site: Site,
  green: Green,
  signal: AbortSignal,
): Promise<readonly Change[]> {
  const manifest = requireManifest(site);
  const changes: Change[] = [];
  const autoscaler = greenAutoscaler(manifest, green, true);
  const budget = greenBudget(manifest, green);
  if (autoscaler) {
    await client.apply(AUTOSCALERS, autoscaler, signal);
    changes.push(companionChange(autoscaler, green, ` with at least ${count(green.size, 'pod')}`));
  }
  if (budget) {
    await client.apply(DISRUPTION_BUDGETS, budget, signal);
    changes.push(companionChange(budget, green, ''));
  }
  return changes;
}
