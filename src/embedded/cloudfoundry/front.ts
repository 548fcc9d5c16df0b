import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { Gorouter } from './router.js';

/** Every header block of HTTP/1.1 has one: it says which route is meant. */
const HOST = /^host:[^\r\n]*/im;

/**
 * The load balancer in front of the routers, for one host: each connection goes to the next router, with the host in
 * place of the loopback address that the client asked for. A kept connection stays with its router.
 */
export class Front {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #turn = 0;

  private constructor(host: string, routers: readonly Gorouter[]) {
    this.#server = createServer({ noDelay: true }, client => {
      const router = routers[this.#turn++ % routers.length];
      if (!router) return client.destroy();
      const upstream = connect({ port: router.port, host: '127.0.0.1', noDelay: true });
      for (const socket of [client, upstream]) {
        this.#sockets.add(socket);
        socket.once('close', () => this.#sockets.delete(socket));
      }
      client.on('data', chunk => upstream.write(named(chunk, host)));
      client.on('end', () => upstream.end()).on('error', () => upstream.destroy());
      upstream.on('error', () => client.destroy()).pipe(client);
      client.once('close', () => upstream.destroy());
    });
  }

  static async start(host: string, routers: readonly Gorouter[]): Promise<Front> {
    const front = new Front(host, routers);
    await new Promise<void>(resolve => front.#server.listen(0, '127.0.0.1', resolve));
    return front;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

/** Header blocks of the requests of tests and of the program fit one chunk; what has no such line is a body. */
function named(chunk: Buffer, host: string): Buffer {
  const text = chunk.toString('latin1');
  if (!/^[A-Z]+ \S+ HTTP\/1\.1\r\n/.test(text)) return chunk;
  return Buffer.from(text.replace(HOST, `Host: ${host}`), 'latin1');
}
