/** The parts of Marathon's and Edge-LB's JSON that are looked at. What else there is, is kept as it came. */

export type Labels = Readonly<Record<string, string>>;

export interface PortDefinition {
  readonly name?: string;
  readonly port?: number;
  readonly protocol?: string;
}

export interface PortMapping {
  readonly name?: string;
  readonly containerPort?: number;
  readonly hostPort?: number | null;
  readonly servicePort?: number;
}

export interface HealthCheck {
  readonly protocol?: string;
  readonly path?: string;
}

/** What people define of an app, whichever slot it becomes. */
export interface Definition {
  readonly instances?: number;
  readonly cpus?: number;
  readonly mem?: number;
  readonly labels?: Labels;
  readonly env?: Readonly<Record<string, unknown>>;
  readonly requirePorts?: boolean;
  readonly container?: {
    readonly docker?: { readonly image?: string; readonly portMappings?: readonly PortMapping[] };
    readonly portMappings?: readonly PortMapping[];
  };
  readonly portDefinitions?: readonly PortDefinition[];
  readonly healthChecks?: readonly HealthCheck[];
  readonly upgradeStrategy?: { readonly minimumHealthCapacity?: number; readonly maximumOverCapacity?: number };
  readonly [field: string]: unknown;
}

/** An app as it is written. */
export interface AppDefinition extends Definition {
  readonly id: string;
}

export interface HealthResult {
  readonly alive?: boolean;
  readonly lastFailureCause?: string | null;
}

/** One instance that has been placed; one that waits for an offer is not listed. */
export interface Task {
  readonly id: string;
  readonly appId: string;
  readonly host?: string;
  readonly ports?: readonly number[];
  readonly ipAddresses?: readonly { readonly ipAddress?: string }[];
  readonly state?: string;
  readonly stagedAt?: string;
  readonly startedAt?: string;
  /** Of the definition that it was started from. */
  readonly version?: string;
  readonly healthCheckResults?: readonly HealthResult[];
}

export interface TaskFailure {
  readonly message?: string;
  readonly state?: string;
  readonly timestamp?: string;
  readonly version?: string;
  readonly host?: string;
}

/** An app as Marathon shows it. */
export interface App extends AppDefinition {
  readonly instances: number;
  readonly version: string;
  readonly versionInfo?: { readonly lastScalingAt?: string; readonly lastConfigChangeAt?: string };
  readonly tasksStaged?: number;
  readonly tasksRunning?: number;
  readonly tasksHealthy?: number;
  readonly tasksUnhealthy?: number;
  readonly deployments?: readonly { readonly id: string }[];
  readonly tasks?: readonly Task[];
  readonly lastTaskFailure?: TaskFailure;
}

/** The labels by which this tool knows what it put there. Marathon's queries take no slash in a label's name. */
export const VERSION_LABEL = 'CUTOVER_VERSION';
export const SLOT_LABEL = 'CUTOVER_SLOT';
export const DIGEST_LABEL = 'CUTOVER_DEFINITION';
export const RELEASE_LABEL = 'CUTOVER_RELEASE';
export const RECORD_LABEL = 'CUTOVER_RECORD';

/** Which instances a service of a backend means, and which address of each. */
export interface PoolService {
  readonly marathon?: {
    readonly serviceID?: string;
    readonly serviceIDPattern?: string;
    readonly [field: string]: unknown;
  };
  readonly endpoint?: PoolEndpoint;
  readonly [field: string]: unknown;
}

export interface PoolEndpoint {
  readonly type?: 'AUTO_IP' | 'AGENT_IP' | 'CONTAINER_IP' | 'ADDRESS';
  readonly portName?: string;
  readonly port?: number;
  readonly allPorts?: boolean;
  readonly address?: string;
  readonly miscStr?: string;
  readonly [field: string]: unknown;
}

export interface PoolBackend {
  readonly name: string;
  readonly services?: readonly PoolService[];
  readonly [field: string]: unknown;
}

export interface PoolFrontend {
  readonly name?: string;
  readonly bindPort?: number | null;
  readonly protocol?: string;
  readonly linkBackend?: {
    readonly defaultBackend?: string;
    readonly map?: readonly { readonly backend?: string; readonly hostEq?: string }[];
  };
}

export interface Pool {
  readonly name: string;
  readonly haproxy: {
    readonly backends?: readonly PoolBackend[];
    readonly frontends?: readonly PoolFrontend[];
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}
