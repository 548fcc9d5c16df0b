import { stamp } from '../context.js';
import type { AppInstance } from '../instance.js';
import type {
  App,
  Binding,
  Build,
  Database,
  Destination,
  Domain,
  Droplet,
  Job,
  Organization,
  Package,
  Process,
  Resource,
  Route,
  ServiceInstance,
  Space,
} from '../model.js';

const MEGABYTE = 1_048_576;

/** Resources as the API shows them; every link begins with the address that was asked for. */
export class Presenter {
  readonly #base: string;
  readonly #database: Database;

  constructor(base: string, database: Database) {
    this.#base = base;
    this.#database = database;
  }

  readonly organization = (organization: Organization) => ({
    ...common(organization),
    name: organization.name,
    suspended: false,
    relationships: { quota: organization.quota ? data(organization.quota) : { data: null } },
    links: this.#links(`organizations/${organization.guid}`, { domains: 'domains', default_domain: 'domains/default' }),
  });

  readonly space = (space: Space) => ({
    ...common(space),
    name: space.name,
    relationships: {
      organization: data(space.organization),
      quota: space.quota ? data(space.quota) : { data: null },
    },
    links: {
      ...this.#links(`spaces/${space.guid}`, { features: 'features' }),
      ...this.#post(`spaces/${space.guid}`, 'apply_manifest'),
    },
  });

  readonly domain = (domain: Domain) => ({
    ...common(domain),
    name: domain.name,
    internal: domain.internal,
    router_group: domain.routerGroup ? { guid: domain.routerGroup } : null,
    supported_protocols: [domain.routerGroup ? 'tcp' : 'http'],
    relationships: {
      organization: domain.organization === null ? { data: null } : data(domain.organization),
      shared_organizations: { data: [] },
    },
    links: this.#links(`domains/${domain.guid}`, { route_reservations: 'route_reservations' }),
  });

  readonly app = (app: App) => ({
    ...common(app),
    name: app.name,
    state: app.state,
    lifecycle: app.lifecycle,
    relationships: { space: data(app.space), current_droplet: app.droplet ? data(app.droplet) : { data: null } },
    links: {
      ...this.#links(`apps/${app.guid}`, {
        environment_variables: 'environment_variables',
        processes: 'processes',
        packages: 'packages',
        current_droplet: 'droplets/current',
        droplets: 'droplets',
        tasks: 'tasks',
        revisions: 'revisions',
        deployed_revisions: 'revisions/deployed',
        features: 'features',
      }),
      space: { href: `${this.#base}/v3/spaces/${app.space}` },
      ...this.#post(`apps/${app.guid}`, 'start', 'stop'),
    },
  });

  readonly process = (process: Process) => ({
    ...common(process),
    type: process.type,
    command: process.command,
    user: 'vcap',
    instances: process.instances,
    memory_in_mb: process.memory,
    disk_in_mb: process.disk,
    log_rate_limit_in_bytes_per_second: -1,
    health_check: process.healthCheck,
    readiness_health_check: process.readinessHealthCheck,
    version: process.guid,
    relationships: { app: data(process.app), revision: null },
    links: {
      ...this.#links(`processes/${process.guid}`, { stats: 'stats', process_instances: 'process_instances' }),
      ...this.#post(`processes/${process.guid}`, 'scale'),
      app: { href: `${this.#base}/v3/apps/${process.app}` },
      space: { href: `${this.#base}/v3/spaces/${this.#database.apps.get(process.app)?.space}` },
    },
  });

  /** With what its instances are doing, as `embed=process_instances` asks for. */
  readonly embedding = (process: Process, instances: readonly AppInstance[], now: number) => ({
    ...this.process(process),
    process_instances: this.processInstances(process, instances, now),
  });

  processInstances(process: Process, instances: readonly AppInstance[], now: number) {
    return Array.from({ length: process.instances }, (_, index) => {
      const instance = instances.find(one => one.index === index);
      const since = instance ? Math.floor((now - instance.startedAt) / 1_000) : 0;
      return { index, state: instance?.state ?? 'DOWN', since };
    });
  }

  /** One row of the statistics; an index without an instance is DOWN. */
  stats(process: Process, index: number, instance: AppInstance | undefined, now: number) {
    const state = instance?.state ?? 'DOWN';
    const runs = instance?.port !== undefined && state === 'RUNNING';
    return {
      type: process.type,
      index,
      ...(instance && state !== 'DOWN' ? { instance_guid: instance.guid } : {}),
      state,
      routable: instance?.isRoutable ?? false,
      usage: runs
        ? { time: stamp(now), cpu: 0.01, cpu_entitlement: 0.02, mem: 19_177_472, disk: 69_705_728, log_rate: 0 }
        : {},
      host: runs ? '127.0.0.1' : '',
      instance_internal_ip: runs ? '127.0.0.1' : '',
      instance_ports: runs
        ? [{ external: instance.port, internal: 8080, external_tls_proxy_port: null, internal_tls_proxy_port: null }]
        : [],
      uptime: runs ? Math.floor((now - instance.startedAt) / 1_000) : 0,
      mem_quota: process.memory * MEGABYTE,
      disk_quota: process.disk * MEGABYTE,
      log_rate_limit: -1,
      fds_quota: 16_384,
      isolation_segment: null,
      details: instance?.details ?? null,
    };
  }

  readonly package = (made: Package) => ({
    ...common(made),
    type: made.type,
    state: made.state,
    data:
      made.type === 'docker'
        ? { image: made.image, username: made.username ?? null, password: made.username ? '***' : null }
        : { checksum: { type: 'sha256', value: null }, error: made.error },
    relationships: { app: data(made.app) },
    links: {
      ...this.#links(`packages/${made.guid}`, { download: 'download' }),
      upload: { href: `${this.#base}/v3/packages/${made.guid}/upload`, method: 'POST' },
      app: { href: `${this.#base}/v3/apps/${made.app}` },
    },
  });

  readonly build = (build: Build) => ({
    ...common(build),
    created_by: { guid: 'user', name: 'user', email: 'user' },
    state: build.state,
    staging_memory_in_mb: 1_024,
    staging_disk_in_mb: 1_024,
    staging_log_rate_limit_bytes_per_second: -1,
    error: build.error,
    lifecycle: this.#database.apps.get(build.app)?.lifecycle ?? { type: 'buildpack', data: {} },
    package: { guid: build.package },
    droplet: build.droplet ? { guid: build.droplet } : null,
    relationships: { app: data(build.app) },
    links: {
      ...this.#links(`builds/${build.guid}`, {}),
      app: { href: `${this.#base}/v3/apps/${build.app}` },
      ...(build.droplet ? { droplet: { href: `${this.#base}/v3/droplets/${build.droplet}` } } : {}),
    },
  });

  readonly droplet = (droplet: Droplet) => ({
    ...common(droplet),
    state: droplet.state,
    error: null,
    lifecycle: { type: droplet.lifecycle, data: {} },
    execution_metadata: '',
    process_types: { web: 'start' },
    checksum: null,
    buildpacks: [],
    stack: droplet.lifecycle === 'docker' ? null : 'cflinuxfs4',
    image: droplet.image,
    relationships: { app: data(droplet.app) },
    links: {
      ...this.#links(`droplets/${droplet.guid}`, { download: 'download' }),
      app: { href: `${this.#base}/v3/apps/${droplet.app}` },
      assign_current_droplet: {
        href: `${this.#base}/v3/apps/${droplet.app}/relationships/current_droplet`,
        method: 'PATCH',
      },
    },
  });

  readonly route = (route: Route) => ({
    ...common(route),
    protocol: route.protocol,
    host: route.host,
    path: route.path,
    port: route.port,
    url: this.#database.urlOf(route),
    options: route.options,
    destinations: route.destinations.map(this.destination),
    relationships: { space: data(route.space), domain: data(route.domain) },
    links: {
      ...this.#links(`routes/${route.guid}`, { destinations: 'destinations' }),
      space: { href: `${this.#base}/v3/spaces/${route.space}` },
      domain: { href: `${this.#base}/v3/domains/${route.domain}` },
    },
  });

  readonly destination = (destination: Destination) => ({
    guid: destination.guid,
    app: { guid: destination.app, process: { type: destination.process } },
    weight: null,
    port: destination.port,
    protocol: destination.protocol,
    created_at: stamp(destination.createdAt),
    updated_at: stamp(destination.createdAt),
  });

  destinations(route: Route, wanted = route.destinations) {
    return {
      destinations: wanted.map(this.destination),
      links: {
        self: { href: `${this.#base}/v3/routes/${route.guid}/destinations` },
        route: { href: `${this.#base}/v3/routes/${route.guid}` },
      },
    };
  }

  readonly job = (job: Job) => {
    const { metadata: _none, ...rest } = common(job);
    const { operation, state, errors, warnings } = job;
    return { ...rest, operation, state, errors, warnings, links: this.#links(`jobs/${job.guid}`, {}) };
  };

  readonly binding = (binding: Binding) => ({
    ...common(binding),
    name: binding.name,
    type: 'app',
    last_operation: { type: 'create', state: 'succeeded', description: '' },
    relationships: { app: data(binding.app), service_instance: data(binding.serviceInstance) },
    links: this.#links(`service_credential_bindings/${binding.guid}`, { details: 'details' }),
  });

  readonly serviceInstance = (instance: ServiceInstance) => ({
    ...common(instance),
    name: instance.name,
    tags: [],
    type: 'managed',
    last_operation: { type: 'create', state: 'succeeded', description: '' },
    relationships: { space: data(instance.space) },
    links: this.#links(`service_instances/${instance.guid}`, {}),
  });

  #links(path: string, more: Readonly<Record<string, string>>) {
    return linksOf(this.#base, path, more);
  }

  #post(path: string, ...actions: readonly string[]) {
    const link = (action: string) => ({ href: `${this.#base}/v3/${path}/actions/${action}`, method: 'POST' });
    return Object.fromEntries(actions.map(action => [action, link(action)]));
  }
}

/** What every resource is shown with. */
export function common({ guid, createdAt, updatedAt, labels, annotations }: Resource) {
  return { guid, created_at: stamp(createdAt), updated_at: stamp(updatedAt), metadata: { labels, annotations } };
}

/** To a resource itself, and to what lies below it. */
export function linksOf(base: string, path: string, more: Readonly<Record<string, string>> = {}) {
  const href = (rest = '') => ({ href: `${base}/v3/${path}${rest && `/${rest}`}` });
  return { self: href(), ...Object.fromEntries(Object.entries(more).map(([name, rest]) => [name, href(rest)])) };
}

/** A relationship. */
export function data(guid: string) {
  return { data: { guid } };
}
