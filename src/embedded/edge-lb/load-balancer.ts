import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Balancer } from './balancer/balancer.js';

export interface LoadBalancerOptions {
  readonly balancer: Balancer;
  /** The loopback address that it listens on. */
  readonly address: string;
  /** Where its statistics are. */
  readonly statsPort: number;
}

/** One load balancer of a pool: what carries the traffic, and its port with statistics, configuration and processes. */
export class LoadBalancer {
  readonly balancer: Balancer;
  readonly address: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor({ address, balancer }: LoadBalancerOptions) {
    this.address = address;
    this.balancer = balancer;
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on('connection', socket => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(options: LoadBalancerOptions): Promise<LoadBalancer> {
    const loadBalancer = new LoadBalancer(options);
    await new Promise<void>((resolve, reject) => {
      loadBalancer.#server.once('error', reject);
      loadBalancer.#server.listen(options.statsPort, options.address, resolve);
    });
    return loadBalancer;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    await this.balancer.close();
  }

  async #answer({ url = '/' }: IncomingMessage, response: ServerResponse): Promise<void> {
    const send = (status: number, body: string) =>
      response.writeHead(status, { 'content-type': 'text/plain' }).end(body);
    try {
      if (/^\/haproxy(_stats)?[?/;].*csv/.test(url)) send(200, await this.balancer.statistics());
      else if (url === '/_haproxy_getconfig') send(200, this.balancer.running);
      else if (url === '/_haproxy_getpids') send(200, `${(await this.balancer.pids()).join(' ')}\n`);
      else if (url === '/_haproxy_health_check') send(200, 'OK\n');
      else send(404, 'Not Found\n');
    } catch (error) {
      // A worker that is being replaced has no statistics for a moment.
      send(503, error instanceof Error ? error.message : String(error));
    }
  }
}
