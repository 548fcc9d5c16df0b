import {
  type ClientRequest,
  createServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Backend } from './router.js';

/** Where a share of the requests goes. */
export interface Destination {
  /** A proportion of the rule's weights; with 0 it gets nothing. */
  readonly weight: number;
  /** Taken in turn; without any its requests are answered with 503. */
  readonly backends: readonly Backend[];
  /** The status that its requests are answered with in place of a backend's answer. */
  readonly refusal?: number | undefined;
}

/** What is done with the requests that it matches. */
export interface Rule {
  readonly matches: (incoming: IncomingMessage) => boolean;
  readonly destinations: readonly Destination[];
  /** The status of an answer when no destination has a weight. */
  readonly empty: number;
}

export interface HttpRouterOptions {
  /** Milliseconds between `setRules` and its effect on requests; 0 unless told. */
  readonly propagationMs?: number;
}

/**
 * A layer 7 router, as gateways, ingress controllers and mesh proxies are one: it decides for each request, so that a
 * connection that is kept follows the rules, too. Shares are kept exactly, in turn, and not by chance.
 */
export class HttpRouter {
  /** Answers by backend id, over the router's whole life. */
  readonly answers = new Map<string, number>();
  /** Answers of the router itself, by status. */
  readonly refusals = new Map<number, number>();

  readonly #server: Server;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #propagationMs: number;
  #rules: readonly Rule[] = [];
  #credit = new WeakMap<Destination, number>();
  #turn = 0;

  private constructor({ propagationMs = 0 }: HttpRouterOptions) {
    this.#propagationMs = propagationMs;
    this.#server = createServer((incoming, outgoing) => this.#answer(incoming, outgoing));
  }

  static async start(options: HttpRouterOptions = {}): Promise<HttpRouter> {
    const router = new HttpRouter(options);
    await new Promise<void>((resolve, reject) => {
      router.#server.once('error', reject);
      router.#server.listen({ port: 0, host: '127.0.0.1', backlog: 1024 }, resolve);
    });
    return router;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Whether rules have been set that have not taken effect yet. */
  get propagating(): boolean {
    return this.#timers.size > 0;
  }

  /** Replaces the rules, the first that matches counts; requests follow after the propagation delay. */
  setRules(rules: readonly Rule[]): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#rules = rules;
    }, this.#propagationMs);
    this.#timers.add(timer);
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  #answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const found = this.#find(incoming);
    if (typeof found === 'number') this.#refuse(found, incoming, outgoing);
    else this.#forward(found, incoming, outgoing);
  }

  /** A backend, or the status of the answer where there is none. */
  #find(incoming: IncomingMessage): Backend | number {
    const rule = this.#rules.find(({ matches }) => matches(incoming));
    if (rule === undefined) return 404;
    const destination = this.#choose(rule);
    if (destination === undefined) return rule.empty;
    const { backends, refusal } = destination;
    return refusal ?? backends[this.#turn++ % Math.max(1, backends.length)] ?? 503;
  }

  /** Smooth weighted round robin: each gains its weight, the richest is taken and pays what all of them gained. */
  #choose({ destinations }: Rule): Destination | undefined {
    const weighted = destinations.filter(({ weight }) => weight > 0);
    const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
    let richest: Destination | undefined;
    for (const destination of weighted) {
      const credit = (this.#credit.get(destination) ?? 0) + destination.weight;
      this.#credit.set(destination, credit);
      if (richest === undefined || credit > (this.#credit.get(richest) ?? 0)) richest = destination;
    }
    if (richest !== undefined) this.#credit.set(richest, (this.#credit.get(richest) ?? 0) - total);
    return richest;
  }

  #refuse(status: number, incoming: IncomingMessage, outgoing: ServerResponse): void {
    this.refusals.set(status, (this.refusals.get(status) ?? 0) + 1);
    incoming.resume();
    outgoing.writeHead(status, { 'content-type': 'text/plain' }).end(`the router answers ${status}\n`);
  }

  #forward({ id, port }: Backend, incoming: IncomingMessage, outgoing: ServerResponse): void {
    const { method, url: path, headers } = incoming;
    const upstream: ClientRequest = request(
      { host: '127.0.0.1', port, method, path, headers: { ...headers, connection: 'close' }, agent: false },
      answer => {
        this.answers.set(id, (this.answers.get(id) ?? 0) + 1);
        const { connection: _hop, 'keep-alive': _alive, ...own } = answer.headers;
        outgoing.writeHead(answer.statusCode ?? 502, own);
        answer.on('error', () => outgoing.destroy()).pipe(outgoing);
      },
    );
    upstream.on('error', () => {
      if (outgoing.headersSent) outgoing.destroy();
      else this.#refuse(502, incoming, outgoing);
    });
    outgoing.once('close', () => upstream.destroy());
    incoming.pipe(upstream);
  }
}
