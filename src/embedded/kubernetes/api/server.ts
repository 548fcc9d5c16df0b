import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { misbehave, write } from '../../serving/answering.js';
import type { Certificate } from '../../serving/certificate.js';
import type { Faults } from '../../serving/faults.js';
import type { Interception } from '../../serving/interception.js';
import type { LoggedRequest, RequestLog } from '../../serving/request-log.js';
import type { Authority } from '../auth.js';
import { ApiError } from '../status.js';
import { Exchange } from './exchange.js';
import type { Handler } from './handler.js';
import { errorReply, type Reply, textReply } from './reply.js';

export interface ApiServerOptions {
  readonly handler: Handler;
  readonly authority: Authority;
  readonly faults: Faults;
  readonly interception: Interception;
  readonly requests: RequestLog;
  /** What stands before every path, e.g. `/k8s/clusters/c-1`; '' for nothing. */
  readonly pathPrefix: string;
  /** Serves HTTPS with this; undefined: HTTP. */
  readonly certificate: Certificate | undefined;
  readonly now: () => number;
}

const writing = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** The API's HTTP side: lets requests in, remembers them, plays the faults, and writes the answers. */
export class ApiServer {
  readonly #options: ApiServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(options: ApiServerOptions) {
    this.#options = options;
    const serve = (request: IncomingMessage, response: ServerResponse) => void this.#serve(request, response);
    const settings = { keepAliveTimeout: 0, noDelay: true };
    this.#server =
      options.certificate === undefined
        ? createServer(settings, serve)
        : createSecureServer({ ...settings, ...options.certificate }, serve);
    this.#server.on('connection', socket => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** @returns the URL, with the path prefix */
  async listen(host: string, port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, resolve);
    });
    const scheme = this.#options.certificate === undefined ? 'http' : 'https';
    return `${scheme}://${host}:${(this.#server.address() as AddressInfo).port}${this.#options.pathPrefix}`;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { faults, interception, pathPrefix, requests } = this.#options;
    const url = new URL(request.url ?? '/', 'http://embedded');
    const inside = url.pathname.startsWith(`${pathPrefix}/`);
    if (inside) url.pathname = url.pathname.slice(pathPrefix.length);
    const logged = requests.add(this.#log(request, url));
    response.once('finish', () => {
      logged.status = response.statusCode;
    });
    const fault = (await interception.onRequest(logged)) ?? faults.hit(logged.method, logged.path);
    if (fault !== undefined && (await misbehave(fault, request, response))) return;
    const reply = inside ? await this.#answer(request, response, url, logged) : textReply(404, '404 page not found\n');
    if (!inside) requests.markUnknown(logged);
    if (reply === undefined) return;
    await interception.beforeAnswer(logged);
    write(response, reply, fault);
  }

  #log(request: IncomingMessage, { pathname, search, searchParams }: URL): LoggedRequest {
    const method = request.method ?? 'GET';
    const isReview = pathname.startsWith('/apis/authorization.k8s.io/');
    const mutating = writing.has(method) && !isReview && !searchParams.has('dryRun') && !/\/proxy(\/|$)/.test(pathname);
    return {
      at: this.#options.now(),
      method,
      path: `${pathname}${search}`,
      user: '',
      userAgent: request.headers['user-agent'] ?? '',
      status: 0,
      mutating,
    };
  }

  /** @returns undefined when the answer has been streamed */
  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    logged: LoggedRequest,
  ): Promise<Reply | undefined> {
    try {
      const user = this.#options.authority.userOf(request.headers.authorization);
      logged.user = user.name;
      const exchange = new Exchange(request, response, url, user);
      return await this.#options.handler.handle(exchange, () => this.#options.requests.markUnknown(logged));
    } catch (error) {
      if (error instanceof ApiError) return errorReply(error);
      const message = `Internal error occurred: ${error instanceof Error ? error.message : String(error)}`;
      return errorReply(new ApiError(500, 'InternalError', message));
    }
  }
}
