import { type App, absoluteId, completeApp, type VersionedApp } from '../definition.js';
import { groupMissing, notAuthorized } from '../errors.js';
import { grouped } from '../grouped.js';
import type { Marathon } from '../marathon.js';
import { readUpdate, validateApp } from '../validation.js';
import { bodyOf, flag, json, type MarathonRequest, type Reply } from './exchange.js';
import { appInfo, embedsOf } from './info.js';

const isBelow = (app: string, group: string) => group === '/' || app.startsWith(`${group}/`);

/** A group and the groups in it, made from the ids of the apps: `/a/b` is the app `b` of the group `/a`. */
export function showGroup({ marathon, may, query }: MarathonRequest, given: string): Reply {
  const id = absoluteId(given);
  const apps = [...marathon.apps.values()].filter(app => isBelow(app.id, id) && may(app.id));
  if (apps.length === 0 && id !== '/') throw groupMissing(id);
  const embeds = new Set([...embedsOf(query, 'apps'), ...groupEmbeds(query)]);
  return json(200, group(marathon, id, apps, embeds));
}

/** Of a group `?embed=group.apps.tasks` asks for what `?embed=apps.tasks` asks for in a list. */
function groupEmbeds(query: URLSearchParams): readonly string[] {
  const prefix = 'group.apps.';
  return query
    .getAll('embed')
    .filter(name => name.startsWith(prefix))
    .map(name => name.slice(prefix.length));
}

function group(marathon: Marathon, id: string, apps: readonly VersionedApp[], embeds: ReadonlySet<string>): object {
  const depth = id === '/' ? 1 : id.split('/').length;
  const own = apps.filter(app => app.id.split('/').length === depth + 1);
  const deeper = grouped(
    apps.filter(app => !own.includes(app)),
    app =>
      app.id
        .split('/')
        .slice(0, depth + 1)
        .join('/'),
  );
  return {
    id,
    apps: own.map(app => appInfo(marathon, app, embeds)),
    pods: [],
    groups: [...deeper].map(([path, below]) => group(marathon, path, below, embeds)),
    dependencies: [],
    version:
      apps
        .map(({ version }) => version)
        .sort()
        .at(-1) ?? new Date(0).toISOString(),
    enforceRole: false,
  };
}

interface GroupUpdate {
  readonly id?: string;
  readonly apps?: readonly unknown[];
  readonly groups?: readonly GroupUpdate[];
}

/** Deploys all apps of a group at once; apps of the group that the update does not name stay as they are. */
export function putGroup(request: MarathonRequest, given: string): Reply {
  const { marathon, may, query } = request;
  const update = bodyOf(request) as GroupUpdate;
  const base = absoluteId(given === '/' ? (update.id ?? '/') : given);
  const wanted = new Map<string, App>();
  collect(marathon, update, base, wanted);
  if (![...wanted.keys()].every(may)) throw notAuthorized();
  const { id, version } = marathon.deploy(wanted, { force: flag(query, 'force') });
  const status = request.method === 'POST' ? 201 : 200;
  return json(status, { version, deploymentId: id }, { 'Marathon-Deployment-Id': id });
}

function collect(marathon: Marathon, update: GroupUpdate, base: string, wanted: Map<string, App>): void {
  for (const given of update.apps ?? []) {
    const app = readUpdate(given);
    const id = absoluteId(String(app.id), base);
    validateApp({ ...app, id });
    wanted.set(
      id,
      completeApp(app, id, () => marathon.nextServicePort()),
    );
  }
  for (const below of update.groups ?? []) collect(marathon, below, absoluteId(below.id ?? '', base), wanted);
}

export function deleteGroup({ marathon, may, query }: MarathonRequest, given: string): Reply {
  const id = absoluteId(given);
  const apps = [...marathon.apps.keys()].filter(app => isBelow(app, id));
  if (apps.length === 0) throw groupMissing(id);
  if (!apps.every(may)) throw notAuthorized();
  const deployment = marathon.deploy(new Map(apps.map(app => [app, undefined])), { force: flag(query, 'force') });
  return json(200, { version: deployment.version, deploymentId: deployment.id });
}
