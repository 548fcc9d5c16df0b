import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';

/** Where a router may send a connection. */
export interface Backend {
  /** What the counters call it. */
  readonly id: string;
  /** A port on 127.0.0.1. */
  readonly port: number;
}

export interface RouterOptions {
  /** Milliseconds between `setBackends` and its effect on new connections; 0 unless told. */
  readonly propagationMs?: number;
  /** The port to listen on; any free one unless told. */
  readonly port?: number;
  /** Hears of every list of backends at the moment when it takes effect. */
  readonly onEffect?: (backends: readonly Backend[]) => void;
}

export interface ConnectionCount {
  total: number;
  open: number;
}

/**
 * A layer 4 router in front of a changing list of backends, as kube-proxy is one: it decides once for each connection, and
 * a connection that is established stays where it is until one of its ends closes it, whatever becomes of the list.
 */
export class Router {
  /** Connections by backend id, over the router's whole life. */
  readonly connections = new Map<string, ConnectionCount>();
  /** Connections that were reset because there was no backend, or because the backend did not accept. */
  rejected = 0;

  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #propagationMs: number;
  readonly #onEffect: (backends: readonly Backend[]) => void;
  #backends: readonly Backend[] = [];
  #turn = 0;
  #port = 0;

  private constructor({ propagationMs = 0, onEffect = () => {} }: RouterOptions) {
    this.#propagationMs = propagationMs;
    this.#onEffect = onEffect;
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, client => this.#accept(client));
  }

  static async start(options: RouterOptions = {}): Promise<Router> {
    const router = new Router(options);
    await new Promise<void>((resolve, reject) => {
      router.#server.once('error', reject);
      router.#server.listen({ port: options.port ?? 0, host: '127.0.0.1', backlog: 1024 }, resolve);
    });
    router.#port = (router.#server.address() as AddressInfo).port;
    return router;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The backends that new connections go to now. */
  get backends(): readonly Backend[] {
    return this.#backends;
  }

  /** Whether a list has been set that has not taken effect yet. */
  get propagating(): boolean {
    return this.#timers.size > 0;
  }

  /** Replaces the list of backends; new connections follow after the propagation delay, established ones never do. */
  setBackends(backends: readonly Backend[]): void {
    if (this.#propagationMs <= 0) {
      this.#takeEffect(backends);
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#takeEffect(backends);
    }, this.#propagationMs);
    this.#timers.add(timer);
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #takeEffect(backends: readonly Backend[]): void {
    this.#backends = backends;
    this.#onEffect(backends);
  }

  #accept(client: Socket): void {
    const backend = this.#backends[this.#turn++ % Math.max(1, this.#backends.length)];
    this.#track(client);
    if (backend === undefined) {
      this.rejected += 1;
      client.resetAndDestroy();
      return;
    }
    const count = this.#count(backend.id);
    count.total += 1;
    count.open += 1;
    client.once('close', () => {
      count.open -= 1;
    });
    this.#join(client, createConnection({ port: backend.port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true }));
  }

  /** An end on one side is an end on the other, and a reset is a reset: the router must not make a failure look polite. */
  #join(client: Socket, upstream: Socket): void {
    let connected = false;
    this.#track(upstream);
    upstream.once('connect', () => {
      connected = true;
    });
    client.pipe(upstream);
    upstream.pipe(client);
    upstream.on('error', () => {
      if (!connected) this.rejected += 1;
      client.resetAndDestroy();
    });
    client.on('error', () => upstream.resetAndDestroy());
    client.once('close', () => upstream.destroy());
  }

  #count(id: string): ConnectionCount {
    const known = this.connections.get(id);
    if (known !== undefined) return known;
    const count = { total: 0, open: 0 };
    this.connections.set(id, count);
    return count;
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
  }
}
