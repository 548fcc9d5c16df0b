import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { dump } from 'js-yaml';
import type { ServerAddress } from './ground.js';

/** One request to the API, as it passed. */
export interface ApiRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly status: number;
}

/** Something to be done at one request, once: before it reaches the server, or before its answer reaches the client. */
export interface Moment {
  readonly method: string;
  readonly path: RegExp;
  readonly before?: () => Promise<void>;
  readonly after?: () => Promise<void>;
}

/** Requests with this header are the tests' own: they are not counted and meet no moments. */
export const UNCOUNTED = 'x-test-request';

/**
 * Stands in front of an API server on either ground and counts: what a release asks for is seen on the wire, whatever
 * serves. Who brings no credentials is the administrator.
 */
export class Gateway implements AsyncDisposable {
  readonly requests: ApiRequest[] = [];
  readonly moments: Moment[] = [];
  readonly #server: ServerAddress;
  readonly #agent: http.Agent | https.Agent;
  readonly #listener: http.Server;

  private constructor(server: ServerAddress) {
    this.#server = server;
    const { ca, certificate, key } = server;
    const tls = { ...(ca ? { ca } : {}), ...(certificate ? { cert: certificate } : {}), ...(key ? { key } : {}) };
    const options = { keepAlive: true };
    this.#agent = server.url.startsWith('https:') ? new https.Agent({ ...options, ...tls }) : new http.Agent(options);
    this.#listener = http.createServer((request, response) => {
      this.#pass(request, response).catch(error => response.destroy(error as Error));
    });
  }

  static async start(server: ServerAddress): Promise<Gateway> {
    const gateway = new Gateway(server);
    await new Promise<void>((resolve, reject) => {
      gateway.#listener.once('error', reject).listen(0, '127.0.0.1', resolve);
    });
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#listener.address() as AddressInfo).port}`;
  }

  /** A kubeconfig as YAML, for the administrator or another token. */
  kubeconfig(token?: string): string {
    return dump({
      apiVersion: 'v1',
      kind: 'Config',
      // A client sends its token over plain HTTP only where it is told not to insist on a certificate.
      clusters: [{ name: 'contract', cluster: { server: this.url, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'somebody', user: token === undefined ? {} : { token } }],
      contexts: [{ name: 'contract', context: { cluster: 'contract', user: 'somebody' } }],
      'current-context': 'contract',
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.closeAllConnections();
    await new Promise<void>(resolve => this.#listener.close(() => resolve()));
    this.#agent.destroy();
  }

  async #pass(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/' } = incoming;
    const isCounted = incoming.headers[UNCOUNTED] === undefined;
    const moment = isCounted ? this.#take(method, path) : undefined;
    await moment?.before?.();
    const answer = await this.#forward(incoming, outgoing);
    const { statusCode: status = 0 } = answer;
    if (isCounted) this.requests.push({ method, path, status });
    await moment?.after?.();
    outgoing.writeHead(status, answer.headers);
    outgoing.flushHeaders();
    answer.on('error', () => outgoing.destroy()).pipe(outgoing);
  }

  #take(method: string, path: string): Moment | undefined {
    const index = this.moments.findIndex(moment => moment.method === method && moment.path.test(path));
    return index < 0 ? undefined : this.moments.splice(index, 1)[0];
  }

  #forward(incoming: IncomingMessage, outgoing: ServerResponse): Promise<IncomingMessage> {
    const { url: base, token } = this.#server;
    const { host: _host, [UNCOUNTED]: _mark, ...headers } = incoming.headers;
    const authorization = headers.authorization ?? (token === undefined ? undefined : `Bearer ${token}`);
    const start = base.startsWith('https:') ? https.request : http.request;
    return new Promise((resolve, reject) => {
      const request = start(new URL(incoming.url ?? '/', base), {
        agent: this.#agent,
        ...(incoming.method ? { method: incoming.method } : {}),
        headers: { ...headers, ...(authorization ? { authorization } : {}) },
      });
      request.once('response', resolve).once('error', reject);
      outgoing.once('close', () => request.destroy());
      incoming.pipe(request);
    });
  }
}
