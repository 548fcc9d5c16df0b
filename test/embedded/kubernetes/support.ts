import {
  type EmbeddedKubernetes,
  type KubernetesObject,
  startEmbeddedKubernetes,
} from '../../../src/embedded/kubernetes/index.js';

export const namespace = 'bg';

interface DeploymentOptions {
  readonly replicas?: number;
  readonly version?: string;
  readonly annotations?: Record<string, string>;
  readonly spec?: object;
  readonly podSpec?: object;
}

/** A Deployment of the app `shop`, labelled with its name as its colour. */
export function deployment(name: string, options: DeploymentOptions = {}): KubernetesObject {
  const { replicas = 2, version = 'v1', annotations, spec, podSpec } = options;
  const labels = { app: 'shop', color: name };
  const ports = [{ name: 'http', containerPort: 8000 }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, ...(annotations === undefined ? {} : { annotations }) },
        spec: { containers: [{ name: 'web', image: `hub.example/shop:${version}`, ports }], ...podSpec },
      },
      ...spec,
    },
  };
}

/** The Service `shop`, which selects one colour. */
export function service(color: string, spec: object = {}): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'shop', namespace },
    spec: { selector: { app: 'shop', color }, ports: [{ name: 'http', port: 80, targetPort: 8000 }], ...spec },
  };
}

export interface ApiAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: an answer is looked into freely, that is what a test does.
  readonly body: any;
}

export interface CallOptions {
  readonly body?: unknown;
  readonly type?: string;
  readonly accept?: string;
  /** null: no Authorization header. */
  readonly token?: string | null;
}

/** Sends one request to the API. */
export async function call(
  platform: EmbeddedKubernetes,
  method: string,
  path: string,
  { accept, body, token = platform.token, type = 'application/json' }: CallOptions = {},
): Promise<ApiAnswer> {
  const response = await fetch(`${platform.url}${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(accept === undefined ? {} : { accept }),
      ...(body === undefined ? {} : { 'content-type': type }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') === true;
  return { status: response.status, headers: response.headers, text, body: isJson ? parse(text) : undefined };
}

/** A JSON document, or the first of several lines of them. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(text.split('\n', 1)[0] ?? '');
  }
}

export const jsonPatch = 'application/json-patch+json';
export const mergePatch = 'application/merge-patch+json';
export const strategicPatch = 'application/strategic-merge-patch+json';
export const applyPatch = 'application/apply-patch+yaml';

export const shopPath = `/api/v1/namespaces/${namespace}/services/shop`;
export const deploymentPath = (name: string) => `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`;
export const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;

export const configMap = (name: string, labels: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, labels },
});

/** A server with a Service that leads to blue, which has no pods. */
export async function startSeeded(): Promise<EmbeddedKubernetes> {
  const platform = await startEmbeddedKubernetes();
  await platform.apply([service('blue'), deployment('blue', { replicas: 0 })]);
  await platform.settled();
  return platform;
}
