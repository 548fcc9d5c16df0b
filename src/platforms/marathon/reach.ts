/** Ways to the instances themselves: for checks in private, for gauges, and through the front door. */

import type { TargetConfig } from '../../config/schema.js';
import { RequestFailed } from '../../lib/http.js';
import { startRelay } from '../../lib/relay.js';
import type { Slot } from '../../release/model.js';
import type { Endpoint, InstanceAnswer, InstanceQuestion } from '../port.js';
import { appId, readApp, requireApp } from './apps.js';
import type { Context } from './context.js';
import { marathonFailure } from './failures.js';
import { readMetadata } from './load-balancers.js';
import { portIndex } from './marathon-lb/labels.js';
import { portRoute } from './marathon-lb/routes.js';
import type { App, Task } from './objects.js';
import { backendOf, readPool } from './pools.js';
import { poolRoute } from './routes.js';
import { healthyTasks, isAtWork, portNames, reachOf } from './tasks.js';

/** An instance that is asked for a number answers at once or is not to be relied on. */
const ANSWER_MS = 5_000;

/** The name of the port that live traffic goes to, as the first route's backend says; undefined: the first port. */
async function livePort(
  { client }: Context,
  target: TargetConfig,
  app: App,
  signal: AbortSignal,
): Promise<string | undefined> {
  const route = poolRoute(target.routes[0] ?? '');
  if (!route) return publishedPort(target, app);
  const { services = [] } = backendOf(await readPool(client, route.pool, signal), route.backend);
  return services.map(({ endpoint }) => endpoint?.portName).find(name => name !== undefined && name !== '');
}

/** The same where labels of the app say it. */
function publishedPort(target: TargetConfig, app: App): string | undefined {
  const route = portRoute(target.routes[0] ?? '');
  return route && portNames(app)[portIndex(app, route.port)];
}

/** Asks every instance of a slot that may still be at work, each at its agent. One that is gone has no answer here. */
export async function askInstances(
  context: Context,
  target: TargetConfig,
  slot: Slot,
  question: InstanceQuestion,
  signal: AbortSignal,
): Promise<readonly InstanceAnswer[]> {
  const app = await readApp(context.client, appId(slot), signal);
  if (!app) return [];
  const portName = question.port === undefined ? await livePort(context, target, app, signal) : undefined;
  const asked = { port: question.port, portName };
  return Promise.all(
    (app.tasks ?? []).filter(isAtWork).map(async task => ({
      instance: task.id,
      life: `${task.id} ${task.startedAt ?? ''}`,
      answer: await askTask(context, reachOf(app, task, asked), question.path, signal),
    })),
  );
}

/** One task's answer, or why there is none. */
export async function askTask(
  { ask }: Context,
  address: string | undefined,
  path: string,
  signal: AbortSignal,
): Promise<InstanceAnswer['answer']> {
  if (address === undefined) return { problem: 'it has no such port' };
  try {
    const { status, text } = await ask({ url: `http://${address}${path}`, timeoutMs: ANSWER_MS, signal });
    return status === 200 ? { text } : { problem: `it answered with status ${status}` };
  } catch (error) {
    if (!(error instanceof RequestFailed)) throw error;
    return { problem: error.message.replace(/\.$/, '') };
  }
}

/**
 * The slot's healthy instances in turn, connection by connection, straight at their agents. Throws APP_NOT_FOUND, and
 * NO_PREVIEW when none is healthy or none has the port.
 */
export async function previewSlot(
  context: Context,
  target: TargetConfig,
  slot: Slot,
  signal: AbortSignal,
): Promise<Endpoint> {
  const app = await requireApp(context.client, appId(slot), signal);
  const portName = await livePort(context, target, app, signal);
  const tasks = healthyTasks(app);
  if (tasks.length === 0) throw marathonFailure('NO_PREVIEW', { slot, reason: 'none of its instances is healthy' });
  const addresses = tasks.flatMap(task => reachable(app, task, portName));
  if (addresses.length === 0)
    throw marathonFailure('NO_PREVIEW', {
      slot,
      reason: `none of its instances has the port ${portName ?? 'number 0'}`,
    });
  return startRelay(addresses, `the healthy instances of ${slot}, at their agents`);
}

function reachable(app: App, task: Task, portName: string | undefined): readonly URL[] {
  const address = reachOf(app, task, { portName });
  return address === undefined ? [] : [new URL(`http://${address}`)];
}

/** The first plain frontend that goes to the first route's backend, where Edge-LB says at which address. */
export async function liveEndpoint(
  context: Context,
  target: TargetConfig,
  signal: AbortSignal,
): Promise<Endpoint | undefined> {
  const route = poolRoute(target.routes[0] ?? '');
  if (!route) return undefined;
  const pool = await readPool(context.client, route.pool, signal);
  const frontend = (pool.haproxy.frontends ?? []).find(
    ({ protocol, linkBackend }) => protocol === 'HTTP' && linkBackend?.defaultBackend === route.backend,
  );
  const metadata = frontend && (await readMetadata(context, route.pool, signal));
  const known = metadata?.frontends?.flatMap(({ endpoints = [] }) => endpoints) ?? [];
  const endpoint = known.find(({ port }) => port === frontend?.bindPort);
  const host = endpoint?.private?.[0] ?? endpoint?.public?.[0];
  if (!endpoint || host === undefined) return undefined;
  return {
    url: `http://${host}:${endpoint.port}`,
    description: `the frontend of the pool ${route.pool} at ${host}`,
    [Symbol.asyncDispose]: async () => undefined,
  };
}
