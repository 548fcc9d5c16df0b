import { UNCOUNTED } from '../gateway.js';

/** What every object has; the rest is read by whoever knows the kind. */
export interface ApiObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion?: string;
    readonly deletionTimestamp?: string;
    readonly generation?: number;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: tests read single fields of many kinds
  readonly [field: string]: any;
}

const GROUPS: Readonly<Record<string, string>> = {
  deployments: '/apis/apps/v1',
  statefulsets: '/apis/apps/v1',
  endpointslices: '/apis/discovery.k8s.io/v1',
  httproutes: '/apis/gateway.networking.k8s.io/v1',
  ingresses: '/apis/networking.k8s.io/v1',
  virtualservices: '/apis/networking.istio.io/v1',
  horizontalpodautoscalers: '/apis/autoscaling/v2',
  poddisruptionbudgets: '/apis/policy/v1',
  roles: '/apis/rbac.authorization.k8s.io/v1',
  rolebindings: '/apis/rbac.authorization.k8s.io/v1',
};

/** The path of a collection or object in a namespace, such as `deployments/shop-blue`. */
export function pathOf(namespace: string, resource: string): string {
  const plural = resource.split(/[/?]/, 1)[0] ?? '';
  return `${GROUPS[plural] ?? '/api/v1'}/namespaces/${namespace}/${resource}`;
}

/** Plain requests of the tests to an API server; they are not counted. */
export class Api {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async get(path: string): Promise<ApiObject | undefined> {
    const answer = await this.#send('GET', path);
    return answer.status === 404 ? undefined : await read(answer, `GET ${path}`);
  }

  async list(path: string): Promise<readonly ApiObject[]> {
    return ((await this.get(path))?.items as ApiObject[] | undefined) ?? [];
  }

  async create(path: string, object: object): Promise<ApiObject> {
    return read(await this.#send('POST', path, object), `POST ${path}`);
  }

  async merge(path: string, patch: object): Promise<ApiObject> {
    return read(await this.#send('PATCH', path, patch, 'application/merge-patch+json'), `PATCH ${path}`);
  }

  async patch(path: string, operations: readonly object[]): Promise<ApiObject> {
    return read(await this.#send('PATCH', path, operations, 'application/json-patch+json'), `PATCH ${path}`);
  }

  async remove(path: string): Promise<void> {
    const answer = await this.#send('DELETE', path);
    await answer.arrayBuffer();
    if (!answer.ok && answer.status !== 404) throw new Error(`DELETE ${path} was answered ${answer.status}`);
  }

  /** The events of a watch, one by one, until the signal aborts. */
  async *watch(path: string, signal: AbortSignal): AsyncIterable<{ type: string; object: ApiObject }> {
    const answer = await fetch(this.#url + path, { headers: { [UNCOUNTED]: 'yes' }, signal });
    if (!answer.ok || !answer.body) throw new Error(`${path} was answered ${answer.status}`);
    let rest = '';
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') yield JSON.parse(line);
    }
  }

  #send(method: string, path: string, body?: object, type = 'application/json'): Promise<Response> {
    return fetch(this.#url + path, {
      method,
      headers: { [UNCOUNTED]: 'yes', ...(body ? { 'content-type': type } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(20_000),
    });
  }
}

async function read(answer: Response, request: string): Promise<ApiObject> {
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${request} was answered ${answer.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text);
}
