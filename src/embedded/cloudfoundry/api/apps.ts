import { json } from '../../serving/reply.js';
import { notFound, notUnique, unprocessable } from '../errors.js';
import type { App, Binding, Process } from '../model.js';
import {
  applyMetadata,
  type Body,
  bodyOf,
  type Exchange,
  type Handler,
  listed,
  required,
  startJob,
} from './exchange.js';
import { presenter } from './places.js';
import { requireWithinQuotas } from './quotas.js';

const FEATURES = ['ssh', 'revisions', 'service-binding-k8s', 'file-based-vcap-services'];
const KORIFI_NAME = /^[-\w]+$/;

/** Apps, with what belongs to one: its state, its environment, its features and its bindings. */
export const apps: Readonly<Record<string, Handler>> = {
  'GET /v3/apps': exchange =>
    listed(
      exchange,
      exchange.database.apps.values(),
      {
        names: ({ name }) => name,
        space_guids: ({ space }) => space,
        organization_guids: ({ space }) => exchange.database.spaces.get(space)?.organization ?? '',
      },
      presenter(exchange).app,
    ),
  'POST /v3/apps': exchange => json(201, presenter(exchange).app(createApp(exchange, bodyOf(exchange)))),
  'GET /v3/apps/*': exchange => json(200, presenter(exchange).app(appOf(exchange))),
  'PATCH /v3/apps/*': exchange => {
    const app = appOf(exchange);
    const body = bodyOf(exchange);
    if (body.name !== undefined) rename(exchange, app, body.name);
    if (body.lifecycle) app.lifecycle = { ...app.lifecycle, ...body.lifecycle };
    applyMetadata(app, body);
    exchange.database.touch(app);
    return json(200, presenter(exchange).app(app));
  },
  'DELETE /v3/apps/*': exchange => {
    const app = appOf(exchange);
    return startJob(exchange, 'app.delete', () => deleteApp(exchange, app));
  },
  'POST /v3/apps/*/actions/start': exchange => {
    const app = appOf(exchange);
    if (!app.droplet) throw unprocessable('Assign a droplet before starting this app.');
    start(exchange, app);
    return changed(exchange, app);
  },
  'POST /v3/apps/*/actions/stop': exchange => {
    const app = appOf(exchange);
    app.state = 'STOPPED';
    return changed(exchange, app);
  },
  'POST /v3/apps/*/actions/restart': exchange => {
    const app = appOf(exchange);
    if (!app.droplet) throw unprocessable('Assign a droplet before starting this app.');
    app.state = 'STARTED';
    exchange.diego.restart(app);
    return json(200, presenter(exchange).app(app));
  },
  'GET /v3/apps/*/environment_variables': exchange => json(200, environment(exchange, appOf(exchange))),
  'PATCH /v3/apps/*/environment_variables': exchange => {
    const app = appOf(exchange);
    for (const [name, value] of Object.entries<string | null>(bodyOf(exchange).var ?? {})) {
      if (value === null) delete app.env[name];
      else app.env[name] = String(value);
    }
    return json(200, environment(exchange, app));
  },
  'GET /v3/apps/*/env': exchange => {
    const app = appOf(exchange);
    const empty = { staging_env_json: {}, running_env_json: {}, system_env_json: { VCAP_SERVICES: {} } };
    return json(200, { ...empty, environment_variables: app.env, application_env_json: { VCAP_APPLICATION: {} } });
  },
  'GET /v3/apps/*/features': exchange => {
    const { features } = appOf(exchange);
    const resources = FEATURES.map(name => ({ name, description: '', enabled: features.get(name) ?? false }));
    const link = { href: `${exchange.base}${exchange.path}` };
    const pagination = {
      total_results: resources.length,
      total_pages: 1,
      first: link,
      last: link,
      next: null,
      previous: null,
    };
    return json(200, { resources, pagination });
  },
  'GET /v3/apps/*/features/*': exchange => feature(exchange),
  'PATCH /v3/apps/*/features/*': exchange => {
    appOf(exchange).features.set(exchange.parts[1] ?? '', bodyOf(exchange).enabled === true);
    return feature(exchange);
  },
  'GET /v3/apps/*/routes': exchange => {
    const { guid } = appOf(exchange);
    return listed(exchange, exchange.database.routesOf(guid), {}, presenter(exchange).route);
  },
  'GET /v3/service_credential_bindings': exchange =>
    listed(
      exchange,
      exchange.database.bindings.values(),
      {
        app_guids: ({ app }) => app,
        service_instance_guids: ({ serviceInstance }) => serviceInstance,
        type: () => 'app',
      },
      presenter(exchange).binding,
    ),
  'POST /v3/service_credential_bindings': exchange => {
    const body = bodyOf(exchange);
    const app = body.relationships?.app?.data?.guid;
    const serviceInstance = body.relationships?.service_instance?.data?.guid;
    const { database } = exchange;
    required(database.apps, app, () => unprocessable(`The app could not be found: '${app}'`));
    required(database.serviceInstances, serviceInstance, () =>
      unprocessable(`The service instance could not be found: '${serviceInstance}'`),
    );
    const isBound = [...database.bindings.values()].some(
      known => known.app === app && known.serviceInstance === serviceInstance,
    );
    if (isBound) throw unprocessable('The app is already bound to the service instance');
    const fields = { app, serviceInstance, name: body.name ?? null };
    return json(201, presenter(exchange).binding(database.add<Binding>(database.bindings, fields)));
  },
};

/** Creates an app with its web process, whose guid is the app's. @throws CloudFoundryError */
export function createApp({ context, database }: Exchange, body: Body): App {
  const space = body.relationships?.space?.data?.guid;
  required(database.spaces, space, () =>
    unprocessable('Invalid space. Ensure that the space exists and you have access to it.'),
  );
  if (typeof body.name !== 'string' || body.name === '')
    throw unprocessable("Name can't be blank, Name must be a string");
  if (context.isKorifi && !KORIFI_NAME.test(body.name))
    throw unprocessable('name must consist only of letters, numbers, - and _');
  if (named(database.apps.values(), space, body.name)) {
    throw notUnique(`App with the name '${body.name}' already exists.`);
  }
  const app = database.add<App>(database.apps, {
    name: body.name,
    space,
    state: 'STOPPED',
    lifecycle: body.lifecycle ?? { type: 'buildpack', data: { buildpacks: [], stack: 'cflinuxfs4' } },
    env: { ...body.environment_variables },
    droplet: undefined,
    features: new Map([['revisions', true]]),
  });
  applyMetadata(app, body);
  addProcess(database, app.guid, 'web', app.guid);
  return app;
}

export function addProcess(database: Exchange['database'], app: string, type: string, guid?: string): Process {
  const fields = {
    app,
    type,
    instances: type === 'web' ? 1 : 0,
    memory: 256,
    disk: 1_024,
    command: null,
    healthCheck: { type: type === 'web' ? 'port' : 'process', data: { timeout: null, invocation_timeout: null } },
    readinessHealthCheck: { type: 'process', data: { invocation_timeout: null } },
  };
  return database.add<Process>(database.processes, fields, guid ? { guid } : {});
}

export function appOf({ database, parts }: Exchange): App {
  return required(database.apps, parts[0], () => notFound('App'));
}

export function named(all: Iterable<App>, space: string, name: string): App | undefined {
  return [...all].find(app => app.space === space && app.name.toLowerCase() === name.toLowerCase());
}

function rename({ database }: Exchange, app: App, name: string): void {
  const other = named(database.apps.values(), app.space, name);
  if (other && other.guid !== app.guid) throw unprocessable(`App with the name '${name}' already exists.`);
  app.name = name;
}

/** What has a destination to it loses that: its routes stay. */
function deleteApp({ database, diego, emitter }: Exchange, app: App): void {
  app.state = 'STOPPED';
  for (const route of database.routesOf(app.guid)) {
    route.destinations = route.destinations.filter(destination => destination.app !== app.guid);
  }
  emitter.update();
  diego.reconcile();
  for (const { guid } of database.processesOf(app.guid)) database.processes.delete(guid);
  for (const table of [database.sidecars, database.bindings]) {
    for (const one of table.values()) if (one.app === app.guid) table.delete(one.guid);
  }
  database.apps.delete(app.guid);
}

/** @throws CloudFoundryError where a quota forbids it: then it stays as it is. */
function start({ database }: Exchange, app: App): void {
  const before = app.state;
  app.state = 'STARTED';
  try {
    requireWithinQuotas(database, app.space, database.processesOf(app.guid));
  } catch (error) {
    app.state = before;
    throw error;
  }
}

function changed(exchange: Exchange, app: App) {
  exchange.database.touch(app);
  exchange.diego.reconcile();
  return json(200, presenter(exchange).app(app));
}

function environment({ base }: Exchange, app: App) {
  const self = { href: `${base}/v3/apps/${app.guid}/environment_variables` };
  return { var: app.env, links: { self, app: { href: `${base}/v3/apps/${app.guid}` } } };
}

function feature(exchange: Exchange) {
  const name = exchange.parts[1] ?? '';
  if (!FEATURES.includes(name)) throw notFound('Feature');
  return json(200, { name, description: '', enabled: appOf(exchange).features.get(name) ?? false });
}
