import { absoluteId, type VersionedApp } from '../definition.js';
import type { Deployment } from '../deployment.js';
import { MarathonError, notAuthorized, taskMissing } from '../errors.js';
import { labelSelector } from '../labels.js';
import { readUpdate } from '../validation.js';
import { bodyOf, flag, json, type MarathonRequest, type Reply } from './exchange.js';
import { appInfo, embedsOf, taskInfo } from './info.js';

const deploymentResult = ({ id, version }: Deployment) => ({ version, deploymentId: id });
const deploymentHeader = ({ id }: Deployment) => ({ 'Marathon-Deployment-Id': id });

/** @throws MarathonError 403 */
function check({ may }: MarathonRequest, id: string): string {
  if (!may(id)) throw notAuthorized();
  return id;
}

export function listApps(request: MarathonRequest): Reply {
  const { marathon, may, query } = request;
  const embeds = embedsOf(query, 'apps');
  const matches = query.getAll('label').map(labelSelector);
  const [cmd, id] = [query.get('cmd'), query.get('id')];
  const apps = [...marathon.apps.values()].filter(
    app =>
      may(app.id) &&
      matches.every(match => match(app.labels)) &&
      (cmd === null || (app.cmd ?? '').includes(cmd)) &&
      (id === null || app.id.includes(id)),
  );
  return json(200, { apps: apps.map(app => appInfo(marathon, app, embeds)) });
}

export function createApp(request: MarathonRequest): Reply {
  const { marathon, query } = request;
  const update = readUpdate(bodyOf(request));
  check(request, absoluteId(String(update.id ?? '')));
  const { app, deployment } = marathon.create(update, flag(query, 'force'));
  return created(app, deployment);
}

/** The answer to a creation: the app as it is stored; nothing of it runs yet. */
function created(app: VersionedApp, deployment: Deployment): Reply {
  const none = { tasksStaged: 0, tasksRunning: 0, tasksHealthy: 0, tasksUnhealthy: 0 };
  const body = { ...app, ...none, deployments: [{ id: deployment.id }], tasks: [] };
  return json(201, body, { ...deploymentHeader(deployment), Location: `/v2/apps${app.id}` });
}

export function showApp(request: MarathonRequest, id: string): Reply {
  const { marathon, may, query } = request;
  if (id.endsWith('/*')) {
    const group = id.slice(0, -1);
    const apps = [...marathon.apps.values()].filter(app => app.id.startsWith(group) && may(app.id));
    return json(200, { '*': apps.map(app => appInfo(marathon, app, embedsOf(query, 'apps'))) });
  }
  const app = marathon.app(check(request, id));
  const embeds = new Set([...embedsOf(query, 'app'), 'tasks', 'lastTaskFailure']);
  return json(200, { app: appInfo(marathon, app, embeds) });
}

/** PUT changes an app, rolls it back to a stored version, or creates it where there is none. */
export function putApp(request: MarathonRequest, id: string): Reply {
  const { marathon, query } = request;
  const update = readUpdate(bodyOf(request));
  check(request, id);
  const force = flag(query, 'force');
  if (!marathon.apps.has(id)) {
    const { app, deployment } = marathon.create({ ...update, id }, force);
    return json(201, deploymentResult(deployment), {
      ...deploymentHeader(deployment),
      Location: `/v2/apps${app.id}`,
    });
  }
  if (update.version !== undefined) return rollBack(request, id, update);
  const whole = !flag(query, 'partialUpdate', true);
  return changed(marathon.update(id, { ...update, id }, { force, whole }));
}

function rollBack(request: MarathonRequest, id: string, update: Readonly<Record<string, unknown>>): Reply {
  const { marathon, query } = request;
  if (Object.keys(update).some(key => key !== 'version' && key !== 'id')) {
    const errors = ["The 'version' field may only be combined with the 'id' field."];
    throw new MarathonError(422, 'Object is not valid', { details: [{ path: '/version', errors }] });
  }
  const { version, versionInfo, ...stored } = versionOf(request, id, String(update.version));
  return changed(marathon.update(id, stored, { force: flag(query, 'force'), whole: true }));
}

/** PATCH changes an app, and never creates one. */
export function patchApp(request: MarathonRequest, id: string): Reply {
  const update = readUpdate(bodyOf(request));
  check(request, id);
  if (update.version !== undefined) return rollBack(request, id, update);
  return changed(request.marathon.update(id, { ...update, id }, { force: flag(request.query, 'force') }));
}

/** Force is the default here, whatever the documents say. */
export function deleteApp(request: MarathonRequest, id: string): Reply {
  check(request, id);
  return changed(request.marathon.remove(id, flag(request.query, 'force', true)));
}

function changed(deployment: Deployment): Reply {
  return json(200, deploymentResult(deployment), deploymentHeader(deployment));
}

/** Replaces every task, by a definition that is the same but for its version. */
export function restartApp(request: MarathonRequest, id: string): Reply {
  const { marathon, query } = request;
  check(request, id);
  return changed(marathon.restart(id, flag(query, 'force')));
}

export function listVersions(request: MarathonRequest, id: string): Reply {
  request.marathon.app(check(request, id));
  return json(200, { versions: request.marathon.versions(id).map(({ version }) => version) });
}

export function showVersion(request: MarathonRequest, id: string, version: string): Reply {
  request.marathon.app(check(request, id));
  return json(200, versionOf(request, id, version));
}

function versionOf({ marathon }: MarathonRequest, id: string, version: string): VersionedApp {
  const stored = marathon.versions(id).find(one => one.version === version);
  if (stored === undefined) throw new MarathonError(404, `App '${id}' does not exist in version ${version}`);
  return stored;
}

export function listTasks(request: MarathonRequest, id: string): Reply {
  request.marathon.app(check(request, id));
  return json(200, { tasks: [...request.marathon.run(id).tasks.values()].map(taskInfo) });
}

/** Kills all tasks of an app, or with an id that one; without `scale` they are replaced. */
export function deleteTasks(request: MarathonRequest, id: string, taskId?: string): Reply {
  const { marathon, query } = request;
  marathon.app(check(request, id));
  const all = [...marathon.run(id).tasks.values()];
  const chosen = taskId === undefined ? all : all.filter(task => task.id === taskId);
  if (taskId !== undefined && chosen.length === 0) throw taskMissing(taskId);
  if (flag(query, 'scale')) {
    return changed(marathon.killAndScale(new Map([[id, new Set(chosen.map(task => task.id))]]), flag(query, 'force')));
  }
  const killed = chosen.map(taskInfo);
  for (const task of chosen) task.kill();
  return json(200, taskId === undefined ? { tasks: killed } : { task: killed[0] });
}
