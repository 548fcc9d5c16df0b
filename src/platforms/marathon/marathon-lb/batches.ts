/**
 * Exchanging instances behind marathon-lb. Who of blue leaves the load balancers is decided by marathon-lb, as green gets
 * healthy: so it is looked at, and exactly those that are out at every load balancer are ended.
 */
import type { TargetConfig } from '../../../config/schema.js';
import { failure } from '../../../failures.js';
import type { Change, Slot, SwitchEvidence, TargetPlan } from '../../../release/model.js';
import type { Batches, StillHeld } from '../../port.js';
import { appId, requireApp } from '../apps.js';
import type { Context } from '../context.js';
import type { App } from '../objects.js';
import { isAtWork } from '../tasks.js';
import { confirmServed, readPair } from './confirmation.js';
import { publish } from './publication.js';
import { portDocument } from './routes.js';
import { lookAtPorts, strangers, tasksOut } from './servers.js';
import { isNew, leavingCount, makeNew } from './sharing.js';

const LOOK_AGAIN_MS = 500;

/** `base` looks at apps and ends instances as behind every other router. */
export function publishedBatches(context: Context, base: Batches): Batches {
  return {
    look: base.look,
    admit: (target, plan, _blue, signal, held) => admit(context, target, plan, signal, held),
    // Of blue any instance may still be served: those that end are asked for one by one, right before they do.
    confirm: (target, plan, blue, signal) => confirmServed(context, target, plan.green, blue.length > 0, signal),
    leaving: (target, plan, signal) => leaving(context, target, plan, signal),
    end: (target, slot, ids, signal, held) => end(context, base, target, slot, ids, signal, held),
  };
}

/** Green gets its labels, once; and where somebody scaled blue meanwhile, marathon-lb is told again which app is new. */
async function admit(
  context: Context,
  target: TargetConfig,
  plan: TargetPlan,
  signal: AbortSignal,
  held?: StillHeld,
): Promise<readonly SwitchEvidence[]> {
  const { green, blue = '', size } = plan;
  const at = await publish(context, green, size, blue, signal, held);
  if (at !== undefined) return evidence(target, plan, at, context.client.clock.now());
  const begun = context.client.clock.now();
  const change = await makeNew(context, appId(green), appId(blue), signal, held);
  return change ? evidence(target, plan, begun, context.client.clock.now()) : [];
}

function evidence(target: TargetConfig, plan: TargetPlan, at: number, now: number): readonly SwitchEvidence[] {
  return plan.next.routes.map(({ route }, index) => ({
    target: target.name,
    route,
    from: plan.previous.routes[index]?.text ?? 'nothing',
    to: `${plan.blue} and ${plan.green}`,
    at,
    answeredInMs: now - at,
  }));
}

/** Those that no load balancer sends new requests to, as soon as they are as many as marathon-lb means to take out. */
async function leaving(
  context: Context,
  target: TargetConfig,
  plan: TargetPlan,
  signal: AbortSignal,
): Promise<readonly string[]> {
  for (;;) {
    const seen = await lookAtPorts(context, target, signal);
    const [green, blue] = await readPair(context, target, plan.green, signal);
    // Blue has nobody who could leave, or somebody scaled it: the next turn begins with telling marathon-lb again which app is new.
    if (!blue || !(blue.tasks ?? []).some(isAtWork) || (green && !isNew(green, blue))) return [];
    if ('ports' in seen && green) {
      requireKnown([green, blue], seen.ports);
      const out = tasksOut(blue, seen.ports);
      if (out.length >= Math.max(1, leavingCount(blue, green))) return out.map(({ id }) => id);
    }
    await context.client.clock.sleep(LOOK_AGAIN_MS, signal);
  }
}

/** Asked once more right before: one that gets requests again, because somebody scaled blue, stays where it is. */
async function end(
  context: Context,
  base: Batches,
  target: TargetConfig,
  slot: Slot,
  ids: readonly string[],
  signal: AbortSignal,
  held?: StillHeld,
): Promise<readonly Change[]> {
  const seen = await lookAtPorts(context, target, signal);
  if ('problem' in seen) throw failure('STILL_LIVE', { slot, reason: seen.problem });
  const app = await requireApp(context.client, appId(slot), signal);
  const out = new Set(tasksOut(app, seen.ports).map(({ id }) => id));
  const idle = ids.filter(id => out.has(id));
  return idle.length === 0 ? [] : base.end(target, slot, idle, signal, held);
}

/** Servers of nobody that is known could be instances under another name: then nobody can be said to be out. */
function requireKnown(apps: readonly App[], ports: Parameters<typeof strangers>[1]): void {
  const [strange] = strangers(apps, ports);
  const slot = apps.map(({ id }) => id).join(', ');
  if (strange) throw failure('STILL_LIVE', { slot, reason: `the server ${strange} is an instance of neither slot` });
}

/** The slot that a routing leads to. */
export function slotOf(plan: Pick<TargetPlan, 'next'>['next']): Slot | undefined {
  const [first] = plan.routes;
  return first && (portDocument(first).slot ?? undefined);
}
