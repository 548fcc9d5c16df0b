import { MarathonError, notAuthorized, pathMissing, wrongTypes } from '../errors.js';
import { grouped } from '../grouped.js';
import { bodyOf, flag, json, type MarathonRequest, type Reply, text } from './exchange.js';
import { taskInfo } from './info.js';

const states: Readonly<Record<string, string>> = { running: 'TASK_RUNNING', staging: 'TASK_STAGING' };

/** All tasks; of the values of `status` only `running` and `staging` are understood, others are ignored. */
export function listAllTasks({ accept, marathon, may, query }: MarathonRequest): Reply {
  const wanted = [...query.getAll('status'), ...query.getAll('status[]')].flatMap(status => states[status] ?? []);
  const seen = marathon.tasks.filter(
    ({ app, state }) => may(app.id) && (wanted.length === 0 || wanted.includes(state)),
  );
  if (accept.includes('text/plain')) {
    const lines = seen.map(
      task => `${task.app.id.slice(1)}\t${task.ports.map(port => `127.0.0.1:${port}`).join('\t')}\n`,
    );
    return text(200, lines.join(''));
  }
  return json(200, { tasks: seen.map(taskInfo) });
}

/** `<app>.instance-<uuid>._app.<incarnation>`, and what tasks were called before there were instances: `<app>.<uuid>`. */
const todaysId = /^(.+)[._](?:instance-|marathon-)[^._]+(?:[._]+[^._]+[._][^._]+)?$/;
const oldId = /^(.+)[._][^._]+$/;

/** The app that a task's id speaks of. @throws MarathonError 400 for what is no such id */
function appOf(taskId: string): string {
  const [, path] = todaysId.exec(taskId) ?? oldId.exec(taskId) ?? [];
  if (path === undefined) {
    throw new MarathonError(400, `Invalid task id '${taskId}'. [Expected an id of the form <app>.<id>]`);
  }
  return `/${path.replaceAll('_', '/')}`;
}

/**
 * Kills tasks by their ids, of one app or of several. Ids that are well-formed but unknown are dropped without a word,
 * unless no app of any of them exists.
 */
export function killTasks(request: MarathonRequest): Reply {
  const { marathon, may, query } = request;
  const body = bodyOf(request) as { ids?: unknown };
  if (!Array.isArray(body?.ids) || body.ids.some(id => typeof id !== 'string')) {
    throw wrongTypes([{ path: '/ids', errors: ['error.expected.jsarray'] }]);
  }
  const [scale, wipe, force] = [flag(query, 'scale'), flag(query, 'wipe'), flag(query, 'force')];
  if (scale && wipe) throw new MarathonError(400, 'You cannot use scale and wipe at the same time.');
  const byApp = grouped(body.ids as string[], appOf);
  const known = [...byApp].filter(([app]) => marathon.apps.has(app));
  const [unknown] = [...byApp.keys()];
  if (known.length === 0 && unknown !== undefined) throw pathMissing(unknown);
  if (known.some(([app]) => !may(app))) throw notAuthorized();
  const ids = new Map(known.map(([app, list]) => [app, new Set(list)]));
  if (scale) {
    const deployment = marathon.killAndScale(ids, force);
    const { id, version } = deployment;
    return json(200, { version, deploymentId: id }, { 'Marathon-Deployment-Id': id });
  }
  const tasks = [...ids].flatMap(([app, list]) =>
    [...marathon.run(app).tasks.values()].filter(({ id }) => list.has(id)),
  );
  const killed = tasks.map(taskInfo);
  for (const task of tasks) task.kill();
  return json(200, { tasks: killed });
}
