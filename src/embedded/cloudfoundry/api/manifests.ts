import { load } from 'js-yaml';
import { json } from '../../serving/reply.js';
import { CloudFoundryError, notFound, unprocessable } from '../errors.js';
import type { App, Binding } from '../model.js';
import { addProcess, createApp, named } from './apps.js';
import { applyMetadata, type Body, type Exchange, type Handler, required, startJob } from './exchange.js';
import { setSidecar } from './sidecars.js';

/** A space's manifest: apps as one file says them. It adds and changes; what it does not name stays. */
export const manifests: Readonly<Record<string, Handler>> = {
  'POST /v3/spaces/*/actions/apply_manifest': exchange => {
    const space = required(exchange.database.spaces, exchange.parts[0], () => notFound('Space'));
    const apps = read(exchange);
    return startJob(exchange, 'space.apply_manifest', () => {
      for (const app of apps) apply(exchange, space.guid, app);
      exchange.diego.reconcile();
      exchange.emitter.update();
    });
  },
  'POST /v3/spaces/*/manifest_diff': () => json(201, { diff: [] }),
};

/** @throws CloudFoundryError for what is no manifest */
function read({ contentType, text }: Exchange): readonly Body[] {
  if (!/yaml/.test(contentType)) {
    throw new CloudFoundryError(
      400,
      1001,
      'MessageParseError',
      'Request invalid due to parse error: Content-Type must be yaml',
    );
  }
  const manifest = load(text) as Body;
  if (!Array.isArray(manifest?.applications)) throw unprocessable('Cannot parse manifest with no applications field.');
  return manifest.applications;
}

function apply(exchange: Exchange, space: string, manifest: Body): void {
  const { database } = exchange;
  const existing = named(database.apps.values(), space, manifest.name);
  const app =
    existing ?? createApp(exchange, { name: manifest.name, relationships: { space: { data: { guid: space } } } });
  if (manifest.docker?.image) app.lifecycle = { type: 'docker', data: {} };
  app.env = { ...app.env, ...textsOf(manifest.env) };
  applyMetadata(app, manifest);
  applyProcess(exchange, app, 'web', manifest);
  for (const process of manifest.processes ?? []) applyProcess(exchange, app, process.type, process);
  for (const sidecar of manifest.sidecars ?? []) setSidecar(database, app.guid, sidecar, megabytes(sidecar.memory));
  for (const service of manifest.services ?? []) bind(exchange, app, service.name ?? service);
  if (manifest['no-route']) unmapAll(exchange, app);
  for (const { route } of manifest.routes ?? []) map(exchange, app, route);
  if (manifest['default-route'] && database.routesOf(app.guid).length === 0) mapDefault(exchange, app);
}

function applyProcess({ database }: Exchange, app: App, type: string, given: Body): void {
  const process =
    database.processesOf(app.guid).find(known => known.type === type) ?? addProcess(database, app.guid, type);
  process.instances = given.instances ?? process.instances;
  process.memory = megabytes(given.memory) ?? process.memory;
  process.disk = megabytes(given.disk_quota) ?? process.disk;
  process.command = given.command ?? process.command;
  const check = given['health-check-type'];
  if (check) {
    const endpoint = given['health-check-http-endpoint'];
    process.healthCheck = { type: check, data: { timeout: given.timeout ?? null, ...(endpoint ? { endpoint } : {}) } };
  }
}

/** @throws CloudFoundryError for a service that does not exist, which fails the job */
function bind({ database }: Exchange, app: App, name: string): void {
  const instance = [...database.serviceInstances.values()].find(one => one.name === name && one.space === app.space);
  if (!instance) throw unprocessable(`For application '${app.name}': Service instance '${name}' not found`);
  const isBound = [...database.bindings.values()].some(
    one => one.app === app.guid && one.serviceInstance === instance.guid,
  );
  if (!isBound) database.add<Binding>(database.bindings, { app: app.guid, serviceInstance: instance.guid, name: null });
}

function unmapAll({ database }: Exchange, app: App): void {
  for (const route of database.routesOf(app.guid)) {
    route.destinations = route.destinations.filter(destination => destination.app !== app.guid);
  }
}

/** What `cf push` asks for whose manifest has no routes: the app's name in the default domain. */
function mapDefault(exchange: Exchange, app: App): void {
  const shared = [...exchange.database.domains.values()].find(({ internal }) => !internal);
  if (shared) map(exchange, app, `${app.name.toLowerCase()}.${shared.name}`);
}

/** Routes of a manifest are mapped at once: before anybody has tested anything. */
function map(exchange: Exchange, app: App, url: string): void {
  const { database, context } = exchange;
  const [name = '', ...rest] = url.split('/');
  const path = rest.length > 0 ? `/${rest.join('/')}` : '';
  const domain = [...database.domains.values()].find(known => name === known.name || name.endsWith(`.${known.name}`));
  if (!domain) throw unprocessable(`The route '${url}' did not match any existing domains.`);
  const host = name === domain.name ? '' : name.slice(0, -domain.name.length - 1);
  const known = [...database.routes.values()].find(
    route => route.domain === domain.guid && route.host === host && route.path === path,
  );
  const fields = {
    space: app.space,
    domain: domain.guid,
    host,
    path,
    port: null,
    protocol: 'http' as const,
    options: {},
    destinations: [],
  };
  const route = known ?? database.add(database.routes, fields);
  if (route.destinations.some(destination => destination.app === app.guid)) return;
  const guid = crypto.randomUUID();
  const made = { guid, app: app.guid, process: 'web', port: 8080, protocol: 'http1', createdAt: context.now() };
  route.destinations = [...route.destinations, made];
}

function textsOf(values: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

/** `256M` or `1G`. */
function megabytes(text: string | undefined): number | undefined {
  const [, number, unit] = /^(\d+)(M|G)B?$/i.exec(text ?? '') ?? [];
  return number === undefined ? undefined : Number(number) * (unit?.toUpperCase() === 'G' ? 1_024 : 1);
}
