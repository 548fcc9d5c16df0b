import {
  type EmbeddedMarathon,
  type EmbeddedMarathonOptions,
  startEmbeddedMarathon,
} from '../../../src/embedded/marathon/index.js';

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is looked into freely, that is what a test does.
  readonly body: any;
}

export interface CallOptions {
  readonly body?: unknown;
  /** null: no Authorization header. */
  readonly authorization?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends one request, by default with the administrator's token. */
export async function call(
  platform: EmbeddedMarathon,
  method: string,
  path: string,
  { authorization = `token=${platform.token()}`, body, headers }: CallOptions = {},
): Promise<ApiAnswer> {
  const response = await fetch(`${platform.url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(authorization === null ? {} : { authorization }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
}

/** Calls Marathon through the gateway. */
export const marathon = (platform: EmbeddedMarathon, method: string, path: string, body?: unknown) =>
  call(platform, method, `/service/marathon${path}`, body === undefined ? {} : { body });

/** Calls Edge-LB through the gateway. */
export const edgeLb = (platform: EmbeddedMarathon, method: string, path: string, body?: unknown) =>
  call(platform, method, `/service/edgelb${path}`, body === undefined ? {} : { body });

/** The app of the Edge-LB tutorial, with another id and anything else that a test needs. */
export function app(id: string, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    id,
    cmd: '/start $PORT0',
    instances: 1,
    cpus: 0.1,
    mem: 32,
    container: { type: 'DOCKER', docker: { image: 'mesosphere/httpd' } },
    portDefinitions: [{ name: 'web', protocol: 'tcp', port: 0 }],
    healthChecks: [{ portIndex: 0, path: '/', protocol: 'HTTP' }],
    ...more,
  };
}

/** The pool of the Edge-LB tutorial: one backend, whose services are the given apps. */
export function pool(services: readonly (string | object)[], more: Readonly<Record<string, unknown>> = {}) {
  return {
    apiVersion: 'V2',
    name: 'sample-config',
    count: 1,
    haproxy: {
      frontends: [{ bindPort: 80, protocol: 'HTTP', linkBackend: { defaultBackend: 'svc' } }],
      backends: [{ name: 'svc', protocol: 'HTTP', services: services.map(serviceOf) }],
    },
    ...more,
  };
}

function serviceOf(service: string | object): object {
  if (typeof service !== 'string') return service;
  return { marathon: { serviceID: service }, endpoint: { portName: 'web' } };
}

/** Starts a platform in which the given apps run. */
export async function startWith(
  apps: readonly Readonly<Record<string, unknown>>[],
  options: EmbeddedMarathonOptions = {},
): Promise<EmbeddedMarathon> {
  const platform = await startEmbeddedMarathon(options);
  for (const one of apps) await marathon(platform, 'POST', '/v2/apps', one);
  await platform.settled();
  return platform;
}

/** Looks again and again until something holds. @throws Error when it does not hold in time */
export async function until(what: string, holds: () => unknown, withinMs = 5_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`Within ${withinMs} ms it did not come true that ${what}.`);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}
