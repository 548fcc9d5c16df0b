/** Pools as the API knows them (apiVersion V2), defaults filled in. */
export interface Pool {
  readonly apiVersion: string;
  readonly name: string;
  readonly namespace: string;
  /** How many load balancers the pool has. */
  readonly count: number;
  readonly haproxy: {
    readonly stats: { readonly bindAddress: string; readonly bindPort: number };
    readonly frontends: readonly PoolFrontend[];
    readonly backends: readonly PoolBackend[];
  };
  readonly [other: string]: unknown;
}

export interface PoolFrontend {
  readonly name: string;
  readonly bindAddress: string;
  readonly bindPort: number;
  readonly protocol: string;
  readonly certificates: readonly string[];
  readonly miscStrs: readonly string[];
  readonly redirectToHttps?: unknown;
  readonly linkBackend: { readonly defaultBackend?: string; readonly map: readonly PoolRule[] };
}

export interface PoolRule {
  readonly backend: string;
  readonly hostEq?: string;
  readonly hostReg?: string;
  readonly pathBeg?: string;
  readonly pathEnd?: string;
  readonly pathReg?: string;
}

export interface PoolBackend {
  readonly name: string;
  readonly protocol: string;
  readonly balance: string;
  readonly customCheck?: { readonly httpchk?: boolean; readonly httpchkMiscStr?: string; readonly miscStr?: string };
  readonly miscStrs: readonly string[];
  readonly services: readonly PoolService[];
}

export interface PoolService {
  readonly marathon: { readonly serviceID?: string; readonly serviceIDPattern?: string };
  readonly mesos: Readonly<Record<string, string>>;
  readonly endpoint: PoolEndpoint;
}

export interface PoolEndpoint {
  readonly type: 'AUTO_IP' | 'AGENT_IP' | 'CONTAINER_IP' | 'ADDRESS';
  readonly miscStr?: string;
  readonly check: { readonly enabled: boolean; readonly customStr?: string };
  readonly address?: string;
  readonly port: number;
  readonly portName?: string;
  readonly allPorts?: boolean;
}

type Given = Readonly<Record<string, unknown>>;

const list = (value: unknown): readonly Given[] => (Array.isArray(value) ? (value as Given[]) : []);

/** Fills in what a pool leaves out, as the API answers it. */
export function completePool(given: Given): Pool {
  const haproxy = (given.haproxy ?? {}) as Given;
  return {
    apiVersion: 'V2',
    namespace: 'dcos-edgelb/pools',
    packageName: 'edgelb-pool',
    packageVersion: 'stable',
    role: 'slave_public',
    cpus: 0.9,
    cpusAdminOverhead: 0.1,
    mem: 992,
    memAdminOverhead: 32,
    disk: 256,
    count: 1,
    constraints: 'hostname:UNIQUE',
    ports: [],
    secrets: [],
    environmentVariables: {},
    autoCertificate: false,
    virtualNetworks: [],
    ...given,
    name: String(given.name),
    haproxy: {
      ...haproxy,
      stats: { bindAddress: '0.0.0.0', bindPort: 9090, ...(haproxy.stats as object) },
      frontends: list(haproxy.frontends).map(completeFrontend),
      backends: list(haproxy.backends).map(completeBackend),
    },
  };
}

function completeFrontend(given: Given): PoolFrontend {
  const { bindAddress = '0.0.0.0', bindPort = -1 } = given;
  return {
    name: `frontend_${bindAddress}_${bindPort}`,
    bindAddress: '0.0.0.0',
    bindPort: -1,
    certificates: [],
    miscStrs: [],
    protocol: 'HTTP',
    ...given,
    linkBackend: { map: [], ...(given.linkBackend as object) },
  };
}

function completeBackend(given: Given): PoolBackend {
  return {
    name: '',
    protocol: 'HTTP',
    balance: 'roundrobin',
    miscStrs: [],
    ...given,
    rewriteHttp: completeRewrite((given.rewriteHttp ?? {}) as Given),
    services: list(given.services).map(completeService),
  } as PoolBackend;
}

function completeRewrite(given: Given): Given {
  const request = {
    forwardfor: true,
    xForwardedPort: true,
    xForwardedProtoHttpsIfTls: true,
    setHostHeader: true,
    rewritePath: true,
  };
  return {
    ...given,
    request: { ...request, ...(given.request as object) },
    response: { rewriteLocation: true, ...(given.response as object) },
  };
}

function completeService(given: Given): PoolService {
  const endpoint = (given.endpoint ?? {}) as Given;
  return {
    ...given,
    marathon: { ...(given.marathon as object) },
    mesos: { ...(given.mesos as Record<string, string>) },
    endpoint: { type: 'AUTO_IP', port: -1, ...endpoint, check: { enabled: true, ...(endpoint.check as object) } },
  } as PoolService;
}
