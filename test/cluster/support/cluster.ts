import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import https from 'node:https';
import { load } from 'js-yaml';
import type { ServerAddress } from '../../contract/ground.js';

/** What the API server answered; the status is not judged, since many tests are about refusals. */
export interface Answer<Body> {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Body;
}

/** A Kubernetes Status object, as every refusal carries one. */
export interface Refusal {
  readonly kind: 'Status';
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly details?: { readonly causes?: readonly { readonly reason: string; readonly field: string }[] };
}

export type PatchKind = 'json-patch+json' | 'merge-patch+json' | 'strategic-merge-patch+json' | 'apply-patch+yaml';

interface Kubeconfig {
  readonly 'current-context': string;
  readonly contexts: readonly { name: string; context: { cluster: string; user: string } }[];
  readonly clusters: readonly { name: string; cluster: { server: string; 'certificate-authority-data'?: string } }[];
  readonly users: readonly { name: string; user: Credentials }[];
}

interface Credentials {
  readonly token?: string;
  readonly 'client-certificate-data'?: string;
  readonly 'client-key-data'?: string;
}

/** The cluster that KUBECONFIG names, spoken to in plain HTTP requests: the tests must not depend on the product's client. */
export class Cluster {
  readonly #server: string;
  readonly #agent: https.Agent;
  readonly #token: string | undefined;

  private constructor(server: string, options: https.AgentOptions, token: string | undefined) {
    this.#server = server;
    this.#agent = new https.Agent({ ...options, keepAlive: true });
    this.#token = token;
  }

  /** Reads KUBECONFIG; throws if it is not set, since these tests can't run without a cluster. */
  static connect(): Cluster {
    const { url, token, ca, certificate, key } = serverAddress();
    const tls = { ...(ca ? { ca } : {}), ...(certificate ? { cert: certificate } : {}), ...(key ? { key } : {}) };
    return new Cluster(url, tls, token);
  }

  /** The same cluster, spoken to with another bearer token. */
  as(token: string): Cluster {
    return new Cluster(this.#server, this.#agent.options, token);
  }

  get<Body>(path: string): Promise<Answer<Body>> {
    return this.request<Body>('GET', path);
  }

  create<Body = { metadata: { resourceVersion: string } }>(path: string, object: unknown): Promise<Answer<Body>> {
    return this.request<Body>('POST', path, object, 'json');
  }

  patch<Body>(path: string, kind: PatchKind, patch: unknown): Promise<Answer<Body>> {
    return this.request<Body>('PATCH', path, patch, kind);
  }

  remove(path: string): Promise<Answer<unknown>> {
    return this.request('DELETE', path);
  }

  /** Closes the connections that are kept for later requests. */
  close(): void {
    this.#agent.destroy();
  }

  request<Body>(method: string, path: string, body?: unknown, kind?: string): Promise<Answer<Body>> {
    const headers: Record<string, string> = { accept: 'application/json' };
    if (this.#token !== undefined) headers.authorization = `Bearer ${this.#token}`;
    if (kind !== undefined) headers['content-type'] = `application/${kind}`;
    return new Promise((resolve, reject) => {
      const options = { method, headers, agent: this.#agent, timeout: 30_000 };
      const request = https.request(this.#server + path, options, response => {
        readBody(response).then(text => {
          const { statusCode: status = 0, headers } = response;
          const isJson = headers['content-type']?.startsWith('application/json') === true;
          resolve({ status, headers, body: (isJson ? JSON.parse(text) : text) as Body });
        }, reject);
      });
      request.on('timeout', () => request.destroy(new Error(`${method} ${path} was not answered for 30 s`)));
      request.on('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }
}

/** Where the cluster of KUBECONFIG is, and how its administrator is known to it; throws if it is not set. */
export function serverAddress(): ServerAddress {
  const file = process.env.KUBECONFIG;
  if (!file) throw new Error('KUBECONFIG is not set. Run these tests with: npm run test:cluster');
  const config = load(readFileSync(file, 'utf8')) as Kubeconfig;
  const context = named(config.contexts, config['current-context']).context;
  const { cluster } = named(config.clusters, context.cluster);
  const { user } = named(config.users, context.user);
  return {
    url: cluster.server,
    ...(user.token === undefined ? {} : { token: user.token }),
    ...decoded('ca', cluster['certificate-authority-data']),
    ...decoded('certificate', user['client-certificate-data']),
    ...decoded('key', user['client-key-data']),
  };
}

async function readBody(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function named<Item extends { readonly name: string }>(list: readonly Item[], name: string): Item {
  const found = list.find(item => item.name === name);
  if (found === undefined) throw new Error(`KUBECONFIG names ${name}, which is not in it.`);
  return found;
}

function decoded(option: string, data: string | undefined): Record<string, string> {
  return data === undefined ? {} : { [option]: Buffer.from(data, 'base64').toString('utf8') };
}
