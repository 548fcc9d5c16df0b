/** App definitions: what a user sends, and what Marathon makes of it. */

export interface HealthCheck {
  readonly protocol: string;
  readonly path?: string;
  readonly portIndex?: number;
  readonly port?: number;
  readonly gracePeriodSeconds: number;
  readonly intervalSeconds: number;
  readonly maxConsecutiveFailures: number;
  readonly timeoutSeconds: number;
  readonly delaySeconds: number;
}

export interface ReadinessCheck {
  readonly name: string;
  readonly protocol: string;
  readonly path: string;
  readonly portName: string;
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly httpStatusCodesForReady: readonly number[];
  readonly preserveLastResponse: boolean;
}

export interface PortDefinition {
  readonly name?: string;
  readonly protocol: string;
  readonly port: number;
  readonly labels: Readonly<Record<string, string>>;
}

export interface PortMapping {
  readonly name?: string;
  readonly containerPort: number;
  readonly hostPort?: number;
  readonly servicePort: number;
  readonly protocol: string;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Container {
  readonly type: string;
  readonly docker?: { readonly image?: string };
  readonly portMappings?: readonly PortMapping[];
}

/** A whole definition, defaults filled in. What Marathon only keeps and hands back is kept as it came. */
export interface App {
  readonly id: string;
  readonly cmd?: string;
  readonly args?: readonly string[];
  readonly container?: Container;
  readonly env: Readonly<Record<string, unknown>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly instances: number;
  readonly cpus: number;
  readonly mem: number;
  readonly healthChecks: readonly HealthCheck[];
  readonly readinessChecks: readonly ReadinessCheck[];
  readonly portDefinitions?: readonly PortDefinition[];
  readonly networks: readonly { readonly mode: string; readonly name?: string }[];
  readonly backoffSeconds: number;
  readonly backoffFactor: number;
  readonly maxLaunchDelaySeconds: number;
  readonly upgradeStrategy: { readonly minimumHealthCapacity: number; readonly maximumOverCapacity: number };
  readonly killSelection: 'YOUNGEST_FIRST' | 'OLDEST_FIRST';
  readonly unreachableStrategy:
    | 'disabled'
    | { readonly inactiveAfterSeconds: number; readonly expungeAfterSeconds: number };
  readonly taskKillGracePeriodSeconds?: number;
  readonly [other: string]: unknown;
}

/** A definition at a time: what an app is, was, or shall become. */
export interface VersionedApp extends App {
  readonly version: string;
  readonly versionInfo: { readonly lastScalingAt: string; readonly lastConfigChangeAt: string };
}

/** What a client may send: any part of a definition. */
export type AppUpdate = Readonly<Record<string, unknown>>;

/** An absolute id: `/group/app`, without a slash at its end. */
export function absoluteId(id: string, base = '/'): string {
  const path = id.startsWith('/') ? id : `${base === '/' ? '' : base}/${id}`;
  const parts = path.split('/').filter(part => part !== '' && part !== '.');
  return `/${parts.join('/')}`;
}

/** Fills up what the update leaves out. Service ports that are zero become ports that no other app has. */
export function completeApp(update: AppUpdate, id: string, servicePort: () => number): App {
  const { version, versionInfo, ports, ...given } = update as Record<string, unknown>;
  const networks = (given.networks as App['networks'] | undefined) ?? [{ mode: defaultNetwork(given) }];
  const isHost = networks[0]?.mode === 'host';
  const completed: Record<string, unknown> = {
    acceptedResourceRoles: ['*'],
    backoffFactor: 1.15,
    backoffSeconds: 1,
    cpus: 1,
    disk: 0,
    env: {},
    executor: '',
    gpus: 0,
    instances: 1,
    killSelection: 'YOUNGEST_FIRST',
    labels: {},
    maxLaunchDelaySeconds: 300,
    mem: 128,
    requirePorts: false,
    role: '*',
    unreachableStrategy: { inactiveAfterSeconds: 0, expungeAfterSeconds: 0 },
    ...given,
    id,
    networks,
    upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 1, ...(given.upgradeStrategy as object) },
    healthChecks: ((given.healthChecks ?? []) as object[]).map(completeHealthCheck),
    readinessChecks: ((given.readinessChecks ?? []) as object[]).map(completeReadinessCheck),
  };
  if (isHost) completed.portDefinitions = completePorts(given.portDefinitions ?? ports, servicePort);
  const container = given.container as Container | undefined;
  if (container?.portMappings !== undefined) {
    completed.container = { ...container, portMappings: completeMappings(container.portMappings, servicePort) };
  }
  return completed as unknown as App;
}

function defaultNetwork(given: Readonly<Record<string, unknown>>): string {
  const mappings = (given.container as Container | undefined)?.portMappings;
  return mappings === undefined ? 'host' : 'container/bridge';
}

function completeHealthCheck(check: object): object {
  const filled = {
    protocol: 'HTTP',
    gracePeriodSeconds: 300,
    intervalSeconds: 60,
    maxConsecutiveFailures: 3,
    timeoutSeconds: 20,
    delaySeconds: 15,
    ignoreHttp1xx: false,
    ipProtocol: 'IPv4',
    ...check,
  };
  const { protocol } = filled;
  const probesHttp = protocol.endsWith('HTTP') || protocol.endsWith('HTTPS');
  const withPort = protocol === 'COMMAND' || 'port' in filled ? filled : { portIndex: 0, ...filled };
  return probesHttp ? { path: '/', ...withPort } : withPort;
}

function completeReadinessCheck(check: object): object {
  return {
    name: 'readinessCheck',
    protocol: 'HTTP',
    path: '/',
    portName: 'http-api',
    intervalSeconds: 30,
    timeoutSeconds: 10,
    httpStatusCodesForReady: [200],
    preserveLastResponse: false,
    ...check,
  };
}

/** Definitions without ports get one, as Marathon gives them one. */
function completePorts(given: unknown, servicePort: () => number): PortDefinition[] {
  const list = (given ?? [{ name: 'default', port: 0 }]) as readonly (number | Partial<PortDefinition>)[];
  return list.map(entry => {
    const definition = typeof entry === 'number' ? { port: entry } : entry;
    return { protocol: 'tcp', labels: {}, ...definition, port: definition.port || servicePort() };
  });
}

function completeMappings(given: readonly Partial<PortMapping>[], servicePort: () => number): PortMapping[] {
  return given.map(mapping => ({
    containerPort: 0,
    hostPort: 0,
    protocol: 'tcp',
    labels: {},
    ...mapping,
    servicePort: mapping.servicePort || servicePort(),
  }));
}

/** The ports of an app, in their order: their names and service ports. */
export function portsOf(app: App): readonly { readonly name: string | undefined; readonly servicePort: number }[] {
  const mappings = app.container?.portMappings;
  if (mappings !== undefined) return mappings.map(({ name, servicePort }) => ({ name, servicePort }));
  return (app.portDefinitions ?? []).map(({ name, port }) => ({ name, servicePort: port }));
}

/** Whether tasks must be replaced to get from one definition to the other; a new count of instances needs none. */
export function isUpgrade(from: App, to: App): boolean {
  return configuration(from) !== configuration(to);
}

/** Everything of a definition but how often it runs; labels are part of it, so a new label replaces every task. */
function configuration(app: App): string {
  const { instances, version, versionInfo, ...rest } = app;
  return JSON.stringify(sorted(rest));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => [key, sorted(entry)]),
  );
}
