import http from 'node:http';
import type { Incoming } from '../serving/server.js';

export interface KubernetesServer {
  /** Of its API, without the gateway in front. */
  readonly url: string;
  readonly token: string;
}

/** The way from the gateway to the API server of a Kubernetes cluster; the gateway has its own credentials there. */
export class Tunnel {
  readonly clusterId: string;
  readonly #server: KubernetesServer;
  readonly #agent = new http.Agent({ keepAlive: true });

  constructor(clusterId: string, server: KubernetesServer) {
    this.clusterId = clusterId;
    this.#server = server;
  }

  /** Passes a request and its answer on, watches too: they go on for as long as both sides want. */
  pass({ request, response, body }: Incoming, path: string): void {
    const { url, token } = this.#server;
    const { host: _host, connection: _hop, ...headers } = request.headers;
    const upstream = http.request(new URL(url).origin + new URL(url).pathname.replace(/\/$/, '') + path, {
      agent: this.#agent,
      method: request.method ?? 'GET',
      headers: { ...headers, authorization: `Bearer ${token}` },
    });
    upstream.on('response', answer => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.flushHeaders();
      answer.on('error', () => response.destroy()).pipe(response);
    });
    upstream.on('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
    response.once('close', () => upstream.destroy());
    upstream.end(body);
  }

  close(): void {
    this.#agent.destroy();
  }
}
