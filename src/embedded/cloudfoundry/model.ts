import { randomUUID } from 'node:crypto';

/** What every resource has; times are milliseconds since the epoch. */
export interface Resource {
  readonly guid: string;
  readonly createdAt: number;
  updatedAt: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface Organization extends Resource {
  readonly name: string;
  /** Undefined: without limits. */
  quota?: string;
}

export interface Space extends Resource {
  readonly name: string;
  readonly organization: string;
  quota?: string;
}

/** What an organization or a space may use; null for no limit. Memory in megabytes. */
export interface Quota extends Resource {
  readonly name: string;
  readonly memory: number | null;
  readonly memoryPerProcess: number | null;
  readonly instances: number | null;
  readonly routes: number | null;
}

export interface Role extends Resource {
  /** Such as `space_developer`. */
  readonly type: string;
  readonly user: string;
  readonly space: string;
}

export interface Domain extends Resource {
  readonly name: string;
  readonly internal: boolean;
  /** Of a domain whose routes are TCP ports. */
  routerGroup?: string;
  /** `null`: shared with all. */
  readonly organization: string | null;
}

export interface App extends Resource {
  name: string;
  readonly space: string;
  state: 'STARTED' | 'STOPPED';
  lifecycle: { readonly type: string; readonly data: object };
  env: Record<string, string>;
  droplet: string | undefined;
  readonly features: Map<string, boolean>;
}

export interface HealthCheck {
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface Process extends Resource {
  readonly app: string;
  readonly type: string;
  instances: number;
  memory: number;
  disk: number;
  command: string | null;
  healthCheck: HealthCheck;
  readinessHealthCheck: HealthCheck;
}

export interface Sidecar extends Resource {
  readonly app: string;
  readonly name: string;
  command: string;
  processTypes: readonly string[];
  memory: number | null;
}

export interface Package extends Resource {
  readonly app: string;
  readonly type: 'bits' | 'docker';
  state: 'AWAITING_UPLOAD' | 'PROCESSING_UPLOAD' | 'READY' | 'FAILED';
  /** Of a docker package. */
  readonly image: string | undefined;
  readonly username: string | undefined;
  /** Bytes of the bits that were uploaded. */
  size: number;
  error: string | null;
}

export interface Build extends Resource {
  readonly app: string;
  readonly package: string;
  state: 'STAGING' | 'STAGED' | 'FAILED';
  droplet: string | undefined;
  error: string | null;
}

export interface Droplet extends Resource {
  readonly app: string;
  state: 'COPYING' | 'STAGED' | 'FAILED';
  readonly lifecycle: 'buildpack' | 'docker';
  readonly image: string | null;
  readonly package: string | undefined;
}

export interface Destination {
  readonly guid: string;
  readonly app: string;
  readonly process: string;
  readonly port: number;
  readonly protocol: string;
  readonly createdAt: number;
}

export interface Route extends Resource {
  readonly space: string;
  readonly domain: string;
  readonly host: string;
  readonly path: string;
  readonly port: number | null;
  readonly protocol: 'http' | 'tcp';
  options: Record<string, unknown>;
  destinations: Destination[];
}

export interface Job extends Resource {
  readonly operation: string;
  state: 'PROCESSING' | 'COMPLETE' | 'FAILED';
  errors: readonly object[];
  warnings: readonly { readonly detail: string }[];
}

export interface Binding extends Resource {
  readonly app: string;
  readonly serviceInstance: string;
  readonly name: string | null;
}

/** A route whose requests pass through a service before they come to an app. */
export interface RouteBinding extends Resource {
  readonly route: string;
  readonly serviceInstance: string;
}

export interface ServiceInstance extends Resource {
  readonly name: string;
  readonly space: string;
}

/** Everything that the Cloud Controller has in its database. */
export class Database {
  readonly organizations = new Map<string, Organization>();
  readonly spaces = new Map<string, Space>();
  readonly quotas = new Map<string, Quota>();
  readonly domains = new Map<string, Domain>();
  readonly apps = new Map<string, App>();
  readonly processes = new Map<string, Process>();
  readonly sidecars = new Map<string, Sidecar>();
  readonly packages = new Map<string, Package>();
  readonly builds = new Map<string, Build>();
  readonly droplets = new Map<string, Droplet>();
  readonly routes = new Map<string, Route>();
  readonly jobs = new Map<string, Job>();
  readonly bindings = new Map<string, Binding>();
  readonly routeBindings = new Map<string, RouteBinding>();
  readonly serviceInstances = new Map<string, ServiceInstance>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Puts a new resource into its table. */
  add<T extends Resource>(table: Map<string, T>, fields: Omit<T, keyof Resource>, over: Partial<Resource> = {}): T {
    const now = this.#now();
    const base = { guid: randomUUID(), createdAt: now, updatedAt: now, labels: {}, annotations: {}, ...over };
    const made = { ...base, ...fields } as T;
    table.set(made.guid, made);
    return made;
  }

  touch(resource: Resource): void {
    resource.updatedAt = this.#now();
  }

  processesOf(app: string): readonly Process[] {
    return [...this.processes.values()].filter(process => process.app === app);
  }

  routesOf(app: string): readonly Route[] {
    return [...this.routes.values()].filter(({ destinations }) => destinations.some(known => known.app === app));
  }

  /** `host.domain/path`, as people write a route. */
  urlOf({ host, domain, path, port }: Route): string {
    const name = this.domains.get(domain)?.name ?? '';
    return `${host === '' ? name : `${host}.${name}`}${port === null ? '' : `:${port}`}${path}`;
  }
}
