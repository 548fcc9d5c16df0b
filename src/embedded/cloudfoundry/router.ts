import { randomUUID } from 'node:crypto';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  request as send,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { refuseUpgrade } from '../dataplane/index.js';
import { passUpgrade } from './upgrade.js';

/** An instance of an app, as a router knows it. */
export interface Endpoint {
  readonly id: string;
  readonly app: string;
  readonly process: string;
  readonly index: number;
  readonly port: number;
}

export interface RouterEvents {
  /** A request was answered by an instance. */
  readonly answered: (endpoint: Endpoint, method: string, uri: string, status: number, startedAt: number) => void;
}

/** How often a request is tried on another instance. */
const ATTEMPTS = 3;
const STICKY = '__VCAP_ID__';

type Refused = { readonly status: number; readonly error: string; readonly text: string };
type Outcome = 'answered' | 'refused' | 'lost';

/**
 * One gorouter: routes by host and path to the instances that it was told of, longest path first, then the host, then
 * wildcards; tries another instance when one refuses the connection, and answers 502 when one accepts it and fails.
 */
export class Gorouter {
  readonly #routes = new Map<string, Map<string, Endpoint>>();
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #events: RouterEvents;
  #turn = 0;

  private constructor(events: RouterEvents) {
    this.#events = events;
    this.#server = createServer({ keepAliveTimeout: 0 }, (request, response) => void this.#serve(request, response));
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#server.on('connection', socket => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(events: RouterEvents): Promise<Gorouter> {
    const router = new Gorouter(events);
    await new Promise<void>(resolve => router.#server.listen(0, '127.0.0.1', resolve));
    return router;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** @param url such as `shop.example.test/path` or `*.example.test` */
  register(url: string, endpoint: Endpoint): void {
    const endpoints = this.#routes.get(url) ?? new Map<string, Endpoint>();
    this.#routes.set(url, endpoints.set(endpoint.id, endpoint));
  }

  unregister(url: string, id: string): void {
    const endpoints = this.#routes.get(url);
    endpoints?.delete(id);
    if (endpoints?.size === 0) this.#routes.delete(url);
  }

  /** The instances that a URL leads to now. */
  endpoints(url: string): readonly Endpoint[] {
    return [...(this.#routes.get(url)?.values() ?? [])];
  }

  async close(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = Buffer.concat(await request.toArray().catch(() => []));
    const found = this.#find(request.headers, request.url ?? '/');
    if ('status' in found) return refuse(response, found);
    for (const endpoint of found.endpoints.slice(0, ATTEMPTS)) {
      const outcome = await this.#forward(request, response, body, endpoint);
      if (outcome === 'answered') return;
      if (outcome === 'refused') continue;
      // An instance that fails a request is forgotten, however it came to be known.
      this.unregister(found.url, endpoint.id);
      return refuse(response, failed('endpoint_failure (EOF)'));
    }
    refuse(response, failed('endpoint_failure (dial tcp: connection refused)'));
  }

  /** The instances that may answer, in the order in which they are tried; or why there is none. */
  #find(headers: IncomingHttpHeaders, path: string): { url: string; endpoints: readonly Endpoint[] } | Refused {
    const host = (headers.host ?? '').split(':')[0] ?? '';
    const wanted = instanceHeader(headers);
    if (wanted === 'invalid') {
      return {
        status: 400,
        error: 'invalid_cf_app_instance_header',
        text: '400 Bad Request: Invalid X-CF-App-Instance Header',
      };
    }
    const url = this.#match(host, path.split('?')[0] ?? '/');
    const all = url === undefined ? [] : this.endpoints(url);
    if (wanted) {
      const own = all.filter(
        endpoint => endpoint[wanted.of] === wanted.guid && (wanted.index ?? endpoint.index) === endpoint.index,
      );
      if (own.length > 0 && url !== undefined) return { url, endpoints: own };
      const named = `${wanted.index ?? ''} of ${wanted.guid}`;
      return {
        status: 400,
        error: 'unknown_route',
        text: `400 Bad Request: Requested instance ('${named}') does not exist for route ('${host}')`,
      };
    }
    if (url === undefined || all.length === 0) {
      return {
        status: 404,
        error: 'unknown_route',
        text: `404 Not Found: Requested route ('${host}') does not exist.`,
      };
    }
    return { url, endpoints: this.#ordered(all, headers) };
  }

  /** In turn, unless a sticky session names one. */
  #ordered(all: readonly Endpoint[], { cookie = '' }: IncomingHttpHeaders): readonly Endpoint[] {
    const at = this.#turn++ % all.length;
    const turned = [...all.slice(at), ...all.slice(0, at)];
    const sticky = new RegExp(`${STICKY}=([^;]+)`).exec(cookie)?.[1];
    return turned.toSorted((a, b) => Number(b.id === sticky) - Number(a.id === sticky));
  }

  /** The registered URL for a request: the longest path of the host, or else of a wildcard above it. */
  #match(host: string, path: string): string | undefined {
    const labels = host.split('.');
    const hosts = [host, ...labels.map((_, index) => `*.${labels.slice(index + 1).join('.')}`)];
    for (const candidate of hosts) {
      const own = [...this.#routes.keys()].filter(url => {
        const [name, ...rest] = url.split('/');
        const prefix = rest.length > 0 ? `/${rest.join('/')}` : '';
        return name === candidate && (prefix === '' || path === prefix || path.startsWith(`${prefix}/`));
      });
      const longest = own.toSorted((a, b) => b.length - a.length)[0];
      if (longest !== undefined) return longest;
    }
    return undefined;
  }

  #forward(request: IncomingMessage, response: ServerResponse, body: Buffer, endpoint: Endpoint): Promise<Outcome> {
    const { method = 'GET', url: path = '/', headers } = request;
    const startedAt = Date.now();
    return new Promise(resolve => {
      let isConnected = false;
      let hasEnded = false;
      const upstream = send(
        {
          host: '127.0.0.1',
          port: endpoint.port,
          method,
          path,
          headers: { ...headers, connection: 'close' },
          agent: false,
        },
        answer => {
          this.#events.answered(endpoint, method, path, answer.statusCode ?? 502, startedAt);
          const { connection: _hop, 'keep-alive': _alive, ...own } = answer.headers;
          response.writeHead(answer.statusCode ?? 502, { ...own, ...sticky(own['set-cookie'], endpoint) });
          answer.on('error', () => response.destroy()).pipe(response);
          answer.on('end', () => resolve('answered')).on('error', () => resolve('answered'));
        },
      );
      upstream.on('socket', socket => {
        socket.once('connect', () => {
          isConnected = true;
        });
        socket.once('end', () => {
          hasEnded = true;
        });
      });
      // A connection that is closed without a word is tried again for what may be repeated; one that is reset is lost.
      upstream.on('error', () => {
        // A client that goes away says nothing of the instance.
        if (response.headersSent || response.closed) return resolve('answered');
        const mayRepeat = !isConnected || (method === 'GET' && hasEnded);
        resolve(mayRepeat ? 'refused' : 'lost');
      });
      response.once('close', () => upstream.destroy());
      upstream.end(body);
    });
  }

  #upgrade(request: IncomingMessage, client: Duplex, head: Buffer): void {
    const { method = 'GET', url: path = '/' } = request;
    const found = this.#find(request.headers, path);
    if ('status' in found) {
      refuseUpgrade(client, found.status, { 'x-cf-routererror': found.error }, found.text);
      return;
    }
    const startedAt = Date.now();
    const events = {
      ended: (endpoint: Endpoint, status: number) => this.#events.answered(endpoint, method, path, status, startedAt),
      failed: ({ id }: Endpoint) => this.unregister(found.url, id),
    };
    void passUpgrade(request, client, head, found.endpoints.slice(0, ATTEMPTS), events);
  }
}

interface WantedInstance {
  readonly of: 'app' | 'process';
  readonly guid: string;
  readonly index: number | undefined;
}

/** `X-Cf-App-Instance: GUID:INDEX`, and `X-Cf-Process-Instance: GUID[:INDEX]`. */
function instanceHeader(headers: IncomingHttpHeaders): WantedInstance | 'invalid' | undefined {
  const app = headers['x-cf-app-instance'];
  const process = headers['x-cf-process-instance'];
  const given = app ?? process;
  if (typeof given !== 'string') return undefined;
  const [, guid, index] = /^([0-9a-f-]+)(?::(\d+))?$/i.exec(given) ?? [];
  if (guid === undefined || (app !== undefined && index === undefined)) return 'invalid';
  return { of: app === undefined ? 'process' : 'app', guid, index: index === undefined ? undefined : Number(index) };
}

/** An app that begins a session of its own makes it a sticky one. */
function sticky(cookies: readonly string[] | undefined, { id }: Endpoint): { 'set-cookie'?: string[] } {
  if (!cookies?.some(cookie => cookie.startsWith('JSESSIONID='))) return {};
  return { 'set-cookie': [...cookies, `${STICKY}=${id}; Path=/; HttpOnly`] };
}

function failed(error: string): Refused {
  return { status: 502, error, text: '502 Bad Gateway: Registered endpoint failed to handle the request.' };
}

function refuse(response: ServerResponse, { status, error, text }: Refused): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-cache, no-store',
    'x-cf-routererror': error,
    'x-vcap-request-id': randomUUID(),
  });
  response.end(`${text}\n`);
}
