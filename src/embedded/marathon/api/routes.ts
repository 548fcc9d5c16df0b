import { absoluteId } from '../definition.js';
import { uriMissing } from '../errors.js';
import * as apps from './apps.js';
import { deleteDelay, deleteDeployment, listDeployments, showQueue } from './deployments.js';
import { json, type MarathonRequest, type Reply, text } from './exchange.js';
import { deleteGroup, putGroup, showGroup } from './groups.js';
import { killTasks, listAllTasks } from './tasks.js';

type Route = readonly [
  method: string,
  path: RegExp,
  answer: (request: MarathonRequest, ...parts: string[]) => Reply | Promise<Reply>,
];

/** An app's id in a path: with or without the slash at its beginning, whatever groups it lies in. */
const id = (part: string) => absoluteId(part);

/** The first route that matches answers, so what is longer comes first. */
const routes: readonly Route[] = [
  ['GET', /^\/ping$/, () => text(200, 'pong')],
  ['GET', /^\/v2\/apps\/?$/, apps.listApps],
  ['POST', /^\/v2\/apps\/?$/, apps.createApp],
  ['GET', /^\/v2\/apps\/(.+)\/versions\/?$/, (request, app = '') => apps.listVersions(request, id(app))],
  [
    'GET',
    /^\/v2\/apps\/(.+)\/versions\/([^/]+)$/,
    (request, app = '', version = '') => apps.showVersion(request, id(app), version),
  ],
  ['POST', /^\/v2\/apps\/(.+)\/restart$/, (request, app = '') => apps.restartApp(request, id(app))],
  ['GET', /^\/v2\/apps\/(.+)\/tasks\/?$/, (request, app = '') => apps.listTasks(request, id(app))],
  ['DELETE', /^\/v2\/apps\/(.+)\/tasks\/?$/, (request, app = '') => apps.deleteTasks(request, id(app))],
  [
    'DELETE',
    /^\/v2\/apps\/(.+)\/tasks\/([^/]+)$/,
    (request, app = '', task = '') => apps.deleteTasks(request, id(app), task),
  ],
  ['GET', /^\/v2\/apps\/(.+)$/, (request, app = '') => apps.showApp(request, id(app))],
  ['PUT', /^\/v2\/apps\/(.+)$/, (request, app = '') => apps.putApp(request, id(app))],
  ['PATCH', /^\/v2\/apps\/(.+)$/, (request, app = '') => apps.patchApp(request, id(app))],
  ['DELETE', /^\/v2\/apps\/(.+)$/, (request, app = '') => apps.deleteApp(request, id(app))],
  ['GET', /^\/v2\/tasks\/?$/, listAllTasks],
  ['POST', /^\/v2\/tasks\/delete$/, killTasks],
  ['GET', /^\/v2\/deployments\/?$/, listDeployments],
  ['DELETE', /^\/v2\/deployments\/([^/]+)$/, (request, deployment = '') => deleteDeployment(request, deployment)],
  ['GET', /^\/v2\/queue\/?$/, showQueue],
  ['DELETE', /^\/v2\/queue\/(.+)\/delay$/, (request, app = '') => deleteDelay(request, id(app))],
  ['GET', /^\/v2\/groups\/?$/, request => showGroup(request, '/')],
  ['POST', /^\/v2\/groups\/?$/, request => putGroup(request, '/')],
  ['PUT', /^\/v2\/groups\/?$/, request => putGroup(request, '/')],
  ['GET', /^\/v2\/groups\/(.+)$/, (request, group = '') => showGroup(request, group)],
  ['PUT', /^\/v2\/groups\/(.+)$/, (request, group = '') => putGroup(request, group)],
  ['POST', /^\/v2\/groups\/(.+)$/, (request, group = '') => putGroup(request, group)],
  ['DELETE', /^\/v2\/groups\/(.+)$/, (request, group = '') => deleteGroup(request, group)],
  ['GET', /^\/v2\/pods\/?$/, () => json(200, [])],
];

/** @throws MarathonError 500 for a route that there is none for, as this line of Marathon answers it */
export async function route(request: MarathonRequest): Promise<Reply> {
  for (const [method, path, answer] of routes) {
    const match = method === request.method ? path.exec(request.path) : null;
    if (match !== null) return await answer(request, ...match.slice(1));
  }
  throw uriMissing();
}
