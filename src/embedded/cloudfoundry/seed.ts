import { randomUUID } from 'node:crypto';
import type {
  App,
  Database,
  Domain,
  Droplet,
  Organization,
  Process,
  Quota,
  Route,
  ServiceInstance,
  Space,
} from './model.js';

export interface SeededApp {
  readonly name: string;
  /** Its environment says so as VERSION. */
  readonly version?: string;
  readonly image?: string;
  readonly instances?: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Whether it is started; true unless told. */
  readonly isStarted?: boolean;
}

/** What is there before anybody asks; an organization, a space and a domain of these names are made if they are missing. */
export interface Seed {
  readonly organization: string;
  readonly space: string;
  readonly domain: string;
  readonly apps?: readonly SeededApp[];
  /** Route, such as `shop.example.test/path`, to the names of the apps that it leads to. */
  readonly routes?: Readonly<Record<string, readonly string[]>>;
  readonly services?: readonly string[];
  /** What the space, and the organization, may use; a limit that is not named does not exist. Memory in megabytes. */
  readonly quotas?: Readonly<Partial<Record<'space' | 'organization', Partial<Limits>>>>;
}

type Limits = Pick<Quota, 'memory' | 'memoryPerProcess' | 'instances' | 'routes'>;

export function seed(database: Database, wanted: Seed): void {
  const byName = <T extends { name: string }>(all: Iterable<T>, name: string) =>
    [...all].find(one => one.name === name);
  const organization =
    byName(database.organizations.values(), wanted.organization) ??
    database.add<Organization>(database.organizations, { name: wanted.organization });
  const space =
    byName(database.spaces.values(), wanted.space) ??
    database.add<Space>(database.spaces, { name: wanted.space, organization: organization.guid });
  const domain =
    byName(database.domains.values(), wanted.domain) ??
    database.add<Domain>(database.domains, { name: wanted.domain, internal: false, organization: null });
  if (wanted.quotas?.space) space.quota = seedQuota(database, 'small', wanted.quotas.space);
  if (wanted.quotas?.organization) organization.quota = seedQuota(database, 'default', wanted.quotas.organization);
  for (const app of wanted.apps ?? []) seedApp(database, space.guid, app);
  for (const [url, apps] of Object.entries(wanted.routes ?? {})) seedRoute(database, space.guid, domain, url, apps);
  for (const name of wanted.services ?? []) {
    database.add<ServiceInstance>(database.serviceInstances, { name, space: space.guid });
  }
}

function seedQuota(database: Database, name: string, limits: Partial<Limits>): string {
  const none = { memory: null, memoryPerProcess: null, instances: null, routes: null };
  return database.add<Quota>(database.quotas, { name, ...none, ...limits }).guid;
}

function seedApp(database: Database, space: string, given: SeededApp): void {
  const { name, version, image, instances = 1, env = {}, labels = {}, annotations = {}, isStarted = true } = given;
  const app = database.add<App>(
    database.apps,
    {
      name,
      space,
      state: isStarted ? 'STARTED' : 'STOPPED',
      lifecycle: image
        ? { type: 'docker', data: {} }
        : { type: 'buildpack', data: { buildpacks: [], stack: 'cflinuxfs4' } },
      env: { ...env, ...(version ? { VERSION: version } : {}) },
      droplet: undefined,
      features: new Map([['revisions', true]]),
    },
    { labels: { ...labels }, annotations: { ...annotations } },
  );
  const fields = {
    app: app.guid,
    state: 'STAGED' as const,
    lifecycle: image ? ('docker' as const) : ('buildpack' as const),
  };
  app.droplet = database.add<Droplet>(database.droplets, { ...fields, image: image ?? null, package: undefined }).guid;
  const process = {
    app: app.guid,
    type: 'web',
    instances,
    memory: 256,
    disk: 1_024,
    command: null,
    healthCheck: { type: 'http', data: { endpoint: '/', timeout: null, invocation_timeout: null } },
    readinessHealthCheck: { type: 'process', data: { invocation_timeout: null } },
  };
  database.add<Process>(database.processes, process, { guid: app.guid });
}

function seedRoute(database: Database, space: string, domain: Domain, url: string, names: readonly string[]): void {
  const [name = '', ...rest] = url.split('/');
  const host = name === domain.name ? '' : name.slice(0, -domain.name.length - 1);
  const destinations = names.flatMap(wanted => {
    const app = [...database.apps.values()].find(known => known.name === wanted);
    const made = { guid: randomUUID(), process: 'web', port: 8080, protocol: 'http1', createdAt: app?.createdAt ?? 0 };
    return app ? [{ ...made, app: app.guid }] : [];
  });
  database.add<Route>(database.routes, {
    space,
    domain: domain.guid,
    host,
    path: rest.length > 0 ? `/${rest.join('/')}` : '',
    port: null,
    protocol: 'http',
    options: {},
    destinations,
  });
}
