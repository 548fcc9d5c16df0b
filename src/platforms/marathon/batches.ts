/**
 * Exchanging instances a few at a time (the procedure of eleven steps). Edge-LB knows apps, not instances: so while blue
 * goes, the instances that stay are in the backend by their addresses, and green is there as an app, so that its new
 * instances join by themselves.
 */
import type { TargetConfig } from '../../config/schema.js';
import type { Change, RouteState, Slot, SwitchEvidence, TargetPlan, Verdict } from '../../release/model.js';
import type { Batches, StillHeld } from '../port.js';
import { appId, killAndScale, readApp, requireApp } from './apps.js';
import { confirmRouting } from './confirmation.js';
import type { Context } from './context.js';
import type { App, PoolService, Task } from './objects.js';
import { names, renamed, type Services } from './pools.js';
import { titleOf } from './proposal.js';
import { documentOf, routeState } from './routes.js';
import { writeRoute } from './switching.js';
import { addressesOf, isAtWork, isHealthy, listTasks } from './tasks.js';
import { until } from './waiting.js';

export function batchesOf(context: Context): Batches {
  return {
    look: (_target, slot, signal) => look(context, slot, signal),
    admit: (target, plan, blue, signal, held) => admit(context, target, plan, blue, signal, held),
    confirm: (target, plan, blue, signal) => confirm(context, target, plan, blue, signal),
    end: (_target, slot, ids, signal, held) => end(context, slot, ids, signal, held),
  };
}

async function look({ client }: Context, slot: Slot, signal: AbortSignal) {
  const app = await readApp(client, appId(slot), signal);
  const instances = (app?.tasks ?? []).filter(isAtWork).map(task => ({
    id: task.id,
    isHealthy: app !== undefined && isHealthy(app, task),
    since: Date.parse(task.startedAt ?? task.stagedAt ?? '') || 0,
  }));
  return { size: app?.instances ?? 0, instances };
}

async function admit(
  context: Context,
  target: TargetConfig,
  plan: TargetPlan,
  blue: readonly string[],
  signal: AbortSignal,
  held?: StillHeld,
): Promise<readonly SwitchEvidence[]> {
  const { client } = context;
  const [blueApp, green] = await Promise.all([
    readApp(client, appId(plan.blue ?? ''), signal),
    requireApp(client, appId(plan.green), signal),
  ]);
  const wanted = mixture(plan, blueApp, blue, green.instances);
  const written: SwitchEvidence[] = [];
  for (const [index, to] of wanted.entries()) {
    // From there, or from any mixture of the two: each turn begins with what the turn before left.
    const from = plan.previous.routes[index];
    const evidence = from && (await writeRoute(client, target.name, from, to, signal, held));
    if (evidence) written.push(evidence);
  }
  return written;
}

async function confirm(
  context: Context,
  target: TargetConfig,
  plan: TargetPlan,
  blue: readonly string[],
  signal: AbortSignal,
): Promise<Verdict> {
  const blueApp = await readApp(context.client, appId(plan.blue ?? ''), signal);
  return confirmRouting(context, target, { routes: mixture(plan, blueApp, blue, plan.size) }, plan.green, signal);
}

/** The plan's routes with green as an app and these instances of blue by their addresses; without any: what is next. */
function mixture(plan: TargetPlan, blue: App | undefined, ids: readonly string[], size: number): readonly RouteState[] {
  const tasks = (blue?.tasks ?? []).filter(({ id }) => ids.includes(id));
  return plan.next.routes.map((state, index) => {
    const next = documentOf(state);
    const before = plan.previous.routes[index];
    if (!blue || tasks.length === 0 || !before) return routeState(state.route, { ...next, size });
    const services = documentOf(before).services.flatMap(service => {
      if (!names(service, plan.blue ?? '')) return [service];
      return [...addressed(blue, tasks, service), ...renamed([service], plan.blue ?? '', plan.green)];
    });
    return routeState(state.route, { ...next, services, size });
  });
}

/** Each task as a service of its own, under the first address that the load balancers may know it by. */
function addressed(app: App, tasks: readonly Task[], { endpoint = {} }: PoolService): Services {
  return tasks.flatMap(task => {
    const [known] = addressesOf(app, task, endpoint);
    const at = known?.lastIndexOf(':') ?? -1;
    if (known === undefined || at < 0) return [];
    const { portName: _name, allPorts: _all, ...rest } = endpoint;
    const own = { type: 'ADDRESS' as const, address: known.slice(0, at), port: Number(known.slice(at + 1)) };
    return [{ endpoint: { ...rest, ...own } }];
  });
}

/**
 * Kill and scale. Marathon drops ids that it does not know (any more) without a word, and does not shrink the app then:
 * so the ids are looked for before, and both the ids and the count after.
 */
async function end(
  context: Context,
  slot: Slot,
  ids: readonly string[],
  signal: AbortSignal,
  held: StillHeld = async () => undefined,
): Promise<readonly Change[]> {
  const { client } = context;
  const id = appId(slot);
  const before = await requireApp(client, id, signal);
  const present = (before.tasks ?? []).filter(task => ids.includes(task.id)).map(task => task.id);
  // One that is gone was replaced by Marathon, and its successor is in no load balancer: the next turn sees to it.
  if (present.length === 0) return [];
  await held(signal);
  await killAndScale(client, id, present, signal);
  const isDone = async () => {
    const [app, tasks] = await Promise.all([readApp(client, id, signal), listTasks(client, id, signal)]);
    const left = tasks.filter(task => present.includes(task.id) && isAtWork(task));
    return left.length === 0 && (app?.deployments ?? []).length === 0;
  };
  await until(context, isDone, signal);
  const after = (await readApp(client, id, signal))?.instances ?? 0;
  return [
    {
      verb: 'scale',
      object: titleOf(id),
      detail: `instances ${before.instances} -> ${after}, ended ${present.join(', ')}`,
    },
  ];
}
