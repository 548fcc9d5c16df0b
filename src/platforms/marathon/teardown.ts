/** Taking a slot away, after proof that it is not live (P7), and waiting until it is gone. */
import type { TargetConfig } from '../../config/schema.js';
import { failure } from '../../failures.js';
import type { Change, Slot } from '../../release/model.js';
import type { StillHeld, TeardownHow } from '../port.js';
import { appId, deleteApp, readApp, scaleApp } from './apps.js';
import type { Context } from './context.js';
import { deploymentsOf, endDeployments, listDeployments } from './deployments.js';
import { renderedConfiguration, serversIn } from './load-balancers.js';
import { type App, type Pool, SLOT_LABEL } from './objects.js';
import { requirePoolRoute } from './observation.js';
import { matchesPattern, names, readPool } from './pools.js';
import { titleOf } from './proposal.js';
import { addressesOf, isAtWork, listTasks } from './tasks.js';
import { looks, until } from './waiting.js';

/** What is gone already is fine. Throws STILL_LIVE, APP_LOCKED, TAKEN_OVER, or what the APIs say. */
export async function tearDown(
  context: Context,
  target: TargetConfig,
  slot: Slot,
  how: TeardownHow,
  signal: AbortSignal,
  held: StillHeld = async () => undefined,
  prove = proveNotLive,
): Promise<readonly Change[]> {
  const { client } = context;
  const id = appId(slot);
  if (how === 'keep') return [];
  const app = await readApp(client, id, signal);
  if (app) await Promise.all([prove(context, target, slot, app, signal), held(signal)]);
  // What this tool put there may be ended half-way; what others are doing to an app of theirs is waited for.
  if (app?.labels?.[SLOT_LABEL]) await endDeployments(client, id, signal);
  if (how === 'delete') {
    if (app) await deleteApp(client, id, signal);
    await untilGone(context, id, signal);
    return app ? [{ verb: 'delete', object: titleOf(id), detail: '' }] : [];
  }
  if (app && app.instances > 0) await scaleApp(client, id, 0, signal);
  await untilGone(context, id, signal);
  if (!app || app.instances === 0) return [];
  return [{ verb: 'scale', object: titleOf(id), detail: `instances ${app.instances} -> 0` }];
}

/** No backend of the target's pools names it, and no load balancer was told to send it anything. Throws STILL_LIVE. */
async function proveNotLive(
  context: Context,
  target: TargetConfig,
  slot: Slot,
  app: App,
  signal: AbortSignal,
): Promise<void> {
  const pools = [...new Set(target.routes.map(route => requirePoolRoute(route).pool))];
  for (const name of pools) {
    const pool = await readPool(context.client, name, signal);
    const backends = (pool.haproxy.backends ?? []).filter(({ services = [] }) =>
      services.some(service => names(service, slot) || matchesPattern(service, slot)),
    );
    if (backends.length > 0) {
      const named = backends.map(backend => backend.name).join(', ');
      throw failure('STILL_LIVE', { slot, reason: `the pool ${name} names it in ${named}` });
    }
    await proveNotRendered(context, pool, slot, app, signal);
  }
}

/** Load balancers are told late, once every 3 s at most: so long it is looked again. */
export const RENDERED_WITHIN_MS = 30_000;

async function proveNotRendered(
  context: Context,
  pool: Pool,
  slot: Slot,
  app: App,
  signal: AbortSignal,
): Promise<void> {
  const own = new Set((app.tasks ?? []).flatMap(task => addressesOf(app, task, { allPorts: true })));
  const { clock } = context.client;
  const limit = clock.now() + RENDERED_WITHIN_MS;
  for await (const _ of looks(context, signal)) {
    const rendered = (await renderedConfiguration(context, pool.name, signal)) ?? '';
    const left = (pool.haproxy.backends ?? []).flatMap(({ name }) =>
      (serversIn(rendered, name) ?? []).filter(({ address }) => own.has(address)),
    );
    const [server] = left;
    if (!server) return;
    if (clock.now() < limit) continue;
    const reason = `the load balancers of the pool ${pool.name} still have ${server.address}`;
    throw failure('STILL_LIVE', { slot, reason });
  }
}

/** Marathon answers when the deletion is planned: the instances end later, with SIGTERM and their grace. */
async function untilGone(context: Context, id: string, signal: AbortSignal): Promise<void> {
  const { client } = context;
  const isGone = async () => {
    const [tasks, deployments] = await Promise.all([listTasks(client, id, signal), listDeployments(client, signal)]);
    return tasks.filter(isAtWork).length === 0 && deploymentsOf(deployments, id).length === 0;
  };
  await until(context, isGone, signal);
}
