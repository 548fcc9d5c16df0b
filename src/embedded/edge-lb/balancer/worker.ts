import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createConnection, type Socket } from 'node:net';
import { type Backend, type Configuration, type Frontend, keyOf, type Rule } from './configuration.js';
import { nextUpstream, Upstream } from './upstream.js';

/** How often a request is tried on a server that does not accept it. */
const tries = 4;

interface FrontendState {
  readonly frontend: Frontend;
  readonly current: () => number;
  total: number;
}

/** One configuration at work, as one worker process of HAProxy is. */
export class Worker {
  readonly pid: number;
  readonly frontends: readonly FrontendState[];
  readonly backends: readonly { readonly backend: Backend; readonly upstreams: readonly Upstream[] }[];
  readonly #byKey: ReadonlyMap<string, FrontendState>;
  readonly #byName: ReadonlyMap<string, { readonly backend: Backend; readonly upstreams: readonly Upstream[] }>;
  readonly #sockets = new Set<Socket>();
  /** Connections that carry HTTP: since when each has done nothing. */
  readonly #idleSince = new Map<Socket, number>();
  readonly #checks: NodeJS.Timeout;
  #onEmpty: (() => void) | undefined;
  #idleCheck: NodeJS.Timeout | undefined;

  /** @throws RangeError for a configuration that HAProxy would refuse */
  constructor({ backends, frontends }: Configuration, pid: number, checkMs: number) {
    this.pid = pid;
    this.frontends = frontends.map(frontend => ({ frontend, current: () => this.#sockets.size, total: 0 }));
    this.backends = backends.map(backend => ({ backend, upstreams: backend.servers.map(one => new Upstream(one)) }));
    this.#byKey = new Map(this.frontends.map(state => [keyOf(state.frontend), state]));
    this.#byName = new Map(this.backends.map(state => [state.backend.name, state]));
    this.#checks = setInterval(() => this.#check(checkMs), checkMs);
    this.#check(checkMs);
  }

  /** Takes a client's connection: it stays with this worker to its end. */
  adopt(socket: Socket, mode: Frontend['mode']): this {
    this.#sockets.add(socket);
    if (mode === 'http') this.#idleSince.set(socket, performance.now());
    socket.on('error', () => {});
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#idleSince.delete(socket);
      if (this.#sockets.size === 0) this.#onEmpty?.();
    });
    return this;
  }

  /** A newer worker has come: ends when the last connection has ended; idle ones are closed after a while. */
  retire(idleMs: number, gone: () => void): void {
    this.#onEmpty = () => {
      this.close();
      gone();
    };
    // Not by the sockets' own timeouts: the HTTP server destroys what times out, answered or not.
    this.#idleCheck = setInterval(() => this.#endIdle(idleMs), idleMs / 10);
    if (this.#sockets.size === 0) this.#onEmpty();
  }

  close(): void {
    clearInterval(this.#checks);
    clearInterval(this.#idleCheck);
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Answers a request of a client by a server's answer; 503 when there is no server, 502 when it breaks off. */
  answer(key: string, request: IncomingMessage, response: ServerResponse): void {
    const state = this.#byKey.get(key);
    if (state !== undefined) state.total += 1;
    this.#idleSince.set(request.socket, Number.POSITIVE_INFINITY);
    response.once('close', () => {
      if (this.#sockets.has(request.socket)) this.#idleSince.set(request.socket, performance.now());
    });
    const name = state === undefined ? undefined : backendFor(state.frontend, request);
    const upstreams = this.#byName.get(name ?? '')?.upstreams ?? [];
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => this.#forward(upstreams, request, Buffer.concat(chunks), response, new Set()));
  }

  /** Joins a client's connection to a server's, both ways. */
  join(key: string, client: Socket): void {
    const state = this.#byKey.get(key);
    const upstream = nextUpstream(this.#byName.get(state?.frontend.defaultBackend ?? '')?.upstreams ?? []);
    if (state === undefined || upstream === undefined) {
      client.resetAndDestroy();
      return;
    }
    state.total += 1;
    upstream.total += 1;
    upstream.current += 1;
    client.once('close', () => {
      upstream.current -= 1;
    });
    const { host, port } = upstream.server;
    const server = createConnection({ host, port, noDelay: true, allowHalfOpen: true });
    client.pipe(server).pipe(client);
    server.on('error', () => client.resetAndDestroy());
    client.on('error', () => server.resetAndDestroy());
    client.once('close', () => server.destroy());
  }

  #forward(
    upstreams: readonly Upstream[],
    request: IncomingMessage,
    body: Buffer,
    response: ServerResponse,
    refused: Set<Upstream>,
  ): void {
    const upstream = nextUpstream(upstreams, refused) ?? nextUpstream(upstreams);
    if (upstream === undefined || refused.size >= tries) {
      this.#refuse(response, 503, 'Service Unavailable', 'No server is available to handle this request.');
      return;
    }
    const { host, port } = upstream.server;
    const { connection, ...headers } = request.headers;
    let isConnected = false;
    upstream.total += 1;
    upstream.current += 1;
    const { method, url: path } = request;
    const sent = httpRequest({ host, port, method, path, agent: false, headers: { ...headers, connection: 'close' } });
    sent.once('socket', socket => {
      socket.once('connect', () => {
        isConnected = true;
      });
    });
    sent.once('response', answer => this.#passOn(answer, response, upstream));
    sent.once('error', () => {
      upstream.errors += 1;
      if (!isConnected && !response.headersSent)
        this.#forward(upstreams, request, body, response, refused.add(upstream));
      else if (response.headersSent) response.destroy();
      else this.#refuse(response, 502, 'Bad Gateway', 'The server returned an invalid or incomplete response.');
    });
    sent.once('close', () => {
      upstream.current -= 1;
    });
    sent.end(body);
  }

  #passOn(answer: IncomingMessage, response: ServerResponse, upstream: Upstream): void {
    const status = answer.statusCode ?? 502;
    const family = Math.floor(status / 100);
    upstream.answers[family] = (upstream.answers[family] ?? 0) + 1;
    const { connection, 'keep-alive': keepAlive, ...headers } = answer.headers;
    response.writeHead(status, { ...headers, ...this.#ending() });
    answer.pipe(response);
    answer.once('error', () => response.destroy());
  }

  #refuse(response: ServerResponse, status: number, title: string, sentence: string): void {
    const body = `<html><body><h1>${status} ${title}</h1>\n${sentence}\n</body></html>\n`;
    response
      .writeHead(status, { 'content-type': 'text/html', 'cache-control': 'no-cache', ...this.#ending() })
      .end(body);
  }

  /** An older worker says with each answer that the connection ends: the next one will reach the newest worker. */
  #ending(): Record<string, string> {
    return this.#onEmpty === undefined ? {} : { connection: 'close' };
  }

  #endIdle(idleMs: number): void {
    const before = performance.now() - idleMs;
    for (const [socket, since] of this.#idleSince) if (since < before) socket.end();
  }

  #check(timeoutMs: number): void {
    for (const { backend, upstreams } of this.backends) {
      for (const upstream of upstreams) void upstream.check(backend.httpCheck, Math.max(250, timeoutMs));
    }
  }
}

function backendFor({ defaultBackend, rules }: Frontend, { headers, url = '/' }: IncomingMessage): string | undefined {
  const host = (headers.host ?? '').toLowerCase();
  const path = url.split('?', 1)[0] ?? '/';
  return rules.find(rule => holds(rule, host, path))?.backend ?? defaultBackend;
}

function holds({ hostEq, hostReg, pathBeg, pathEnd, pathReg }: Rule, host: string, path: string): boolean {
  return (
    (hostEq === undefined || host.split(':')[0] === hostEq) &&
    (hostReg === undefined || new RegExp(hostReg).test(host)) &&
    (pathBeg === undefined || path.startsWith(pathBeg)) &&
    (pathEnd === undefined || path.endsWith(pathEnd)) &&
    (pathReg === undefined || new RegExp(pathReg).test(path))
  );
}
