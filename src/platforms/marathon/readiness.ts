/** How far an app is: its instances, their health, and Marathon's own deployments. */
import type { Readiness } from '../../release/model.js';
import { appId, readApp, versionOf } from './apps.js';
import type { Context } from './context.js';
import type { App, Task } from './objects.js';
import { readWaiting, waitingText } from './queue.js';
import { isAtWork, isCurrent, isHealthy } from './tasks.js';
import { looks } from './waiting.js';

export interface Wanted {
  readonly slot: string;
  readonly size: number;
  /** Undefined: any version counts. */
  readonly version: string | undefined;
}

/** So many failures of the same definition, with nothing healthy, and more of them will not help. */
const HOPELESS_FAILURES = 3;

/** Yields the state at once and then after each change of it, until the caller stops. */
export async function* watchReadiness(
  context: Context,
  wanted: Wanted,
  signal: AbortSignal,
): AsyncGenerator<Readiness> {
  const failures = new Set<string>();
  let before = '';
  for await (const _ of looks(context, signal)) {
    const app = await readApp(context.client, appId(wanted.slot), signal);
    const state = await judge(context, wanted, app, failures, signal);
    const text = JSON.stringify(state);
    if (text !== before) yield state;
    before = text;
  }
}

async function judge(
  { client }: Context,
  wanted: Wanted,
  app: App | undefined,
  failures: Set<string>,
  signal: AbortSignal,
): Promise<Readiness> {
  const state = readinessOf(wanted, app, crashText(app, failures));
  const missing = app !== undefined && (app.tasks ?? []).length < app.instances;
  if (state.complete || !missing) return state;
  const waiting = await readWaiting(client, app.id, signal);
  return waiting ? { ...state, text: `${state.text}, ${waitingText(waiting)}` } : state;
}

/** Why more waiting will not help: instances of this definition fail again and again, and none is healthy. */
function crashText(app: App | undefined, failures: Set<string>): string | undefined {
  const failure = app?.lastTaskFailure;
  if (!app || !failure?.timestamp) return undefined;
  const isOfThis = failure.version === undefined || isCurrent(app, failure as Task);
  if (isOfThis) failures.add(failure.timestamp);
  if (failures.size < HOPELESS_FAILURES || (app.tasks ?? []).some(task => isHealthy(app, task))) return undefined;
  return `its instances fail again and again, the last one on ${failure.host ?? 'an agent'} with ${failureText(failure)}`;
}

export function failureText({
  state = 'an unknown state',
  message = '',
}: {
  state?: string;
  message?: string;
}): string {
  return message.trim() === '' ? state : `${state} (${message.trim()})`;
}

/** Pure: whether everything that was asked for is there, of the wanted definition, healthy, and nothing else. */
export function readinessOf(wanted: Wanted, app: App | undefined, hopeless: string | undefined): Readiness {
  const { size, slot, version } = wanted;
  if (!app) {
    return {
      wanted: size,
      ready: 0,
      complete: false,
      text: `0/${size} ready, ${appId(slot)} does not exist`,
      hopeless,
    };
  }
  const tasks = (app.tasks ?? []).filter(isAtWork);
  const current = tasks.filter(task => isCurrent(app, task));
  const healthy = current.filter(task => isHealthy(app, task)).length;
  const isVersion = version === undefined || versionOf(app) === version;
  const counted = (app.healthChecks ?? []).length === 0 || (app.tasksHealthy ?? 0) >= app.instances;
  const deployments = app.deployments ?? [];
  const parts = [
    `${isVersion ? healthy : 0}/${size} ready`,
    ...(isVersion ? [] : [`it has version ${versionOf(app) ?? 'of somebody else'}`]),
    ...(app.instances < size ? [`only ${app.instances} asked for`] : []),
    ...(current.length < app.instances ? [`${app.instances - current.length} not started yet`] : []),
    ...unhealthyText(app, current),
    ...(tasks.length > current.length ? [`${tasks.length - current.length} of an older definition`] : []),
    ...(current.length > app.instances ? [`${current.length - app.instances} too many`] : []),
    ...(deployments.length > 0 ? ['its deployment is still running'] : []),
  ];
  const isWhole = healthy === app.instances && current.length === app.instances && tasks.length === current.length;
  const complete =
    isVersion &&
    isWhole &&
    counted &&
    app.instances >= size &&
    (app.tasksUnhealthy ?? 0) === 0 &&
    deployments.length === 0;
  return {
    wanted: size,
    ready: isVersion ? healthy : 0,
    complete,
    text: parts.join(', '),
    hopeless: complete ? undefined : hopeless,
  };
}

/** Such as `1 staging, 1 unhealthy (connection refused), 1 without an answer to its health checks yet`. */
function unhealthyText(app: App, tasks: readonly Task[]): readonly string[] {
  const words = tasks.filter(task => !isHealthy(app, task)).map(task => troubleOf(app, task));
  return [...new Set(words)].map(word => `${words.filter(other => other === word).length} ${word}`);
}

function troubleOf(app: App, task: Task): string {
  if (task.state !== 'TASK_RUNNING') return (task.state ?? 'unknown').replace(/^TASK_/, '').toLowerCase();
  const results = task.healthCheckResults ?? [];
  const bad = results.find(({ alive }) => alive === false);
  if (!bad && results.length < (app.healthChecks ?? []).length) return 'without an answer to its health checks yet';
  return bad?.lastFailureCause ? `unhealthy (${bad.lastFailureCause})` : 'unhealthy';
}
