import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { FaultAnswer, Faults } from '../kubernetes/faults.js';
import type { Interception } from '../kubernetes/interception.js';
import type { LoggedRequest, RequestLog } from '../kubernetes/request-log.js';
import { html, json, type Reply, text } from './api/exchange.js';
import type { Gateway } from './gateway.js';

/** One request and its answer, for those who hold them against a description. */
export interface RecordedExchange {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly requestBody: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface MarathonServerOptions {
  readonly gateway: Gateway;
  readonly faults: Faults;
  readonly interception: Interception;
  readonly requests: RequestLog;
  /** Told each answer that comes from the platform itself; what faults answer is left out. */
  readonly onExchange: (exchange: RecordedExchange) => void;
  readonly now: () => number;
  /** Whether this is the Marathon that leads, past the gateway. */
  readonly isLeader: boolean;
}

const writing = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** The platform's HTTP side: remembers requests, plays the faults, and writes the answers. */
export class MarathonServer {
  readonly #options: MarathonServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(options: MarathonServerOptions) {
    this.#options = options;
    this.#server = createServer({ keepAliveTimeout: 0, noDelay: true }, (request, response) => {
      void this.#serve(request, response);
    });
    this.#server.on('connection', socket => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** @returns the URL */
  async listen(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { faults, interception, onExchange, requests } = this.#options;
    const url = new URL(request.url ?? '/', 'http://embedded');
    const logged = requests.add(this.#log(request, url));
    response.once('finish', () => {
      logged.status = response.statusCode;
    });
    const given = await bodyOf(request);
    const fault = (await interception.onRequest(logged)) ?? faults.hit(logged.method, logged.path);
    if (fault !== undefined && (await misbehave(fault, request, response))) return;
    const reply = await this.#answer(request, response, url, given, logged);
    if (reply === undefined) return;
    onExchange({ method: logged.method, path: logged.path, requestBody: given, ...reply });
    await interception.beforeAnswer(logged);
    write(response, reply, fault);
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    given: string,
    logged: LoggedRequest,
  ): Promise<Reply | undefined> {
    const { gateway, isLeader, requests } = this.#options;
    const onUser = (uid: string) => {
      logged.user = uid;
    };
    const unknown = () => requests.markUnknown(logged);
    try {
      return await gateway.answer({ request, response, url, text: given, isLeader, onUser, unknown });
    } catch (error) {
      return json(500, { message: `Internal Server Error: ${error instanceof Error ? error.stack : String(error)}` });
    }
  }

  #log(request: IncomingMessage, { pathname, search }: URL): LoggedRequest {
    const method = request.method ?? 'GET';
    return {
      at: this.#options.now(),
      method,
      path: `${pathname}${search}`,
      user: '',
      userAgent: request.headers['user-agent'] ?? '',
      status: 0,
      mutating: writing.has(method) && !pathname.startsWith('/acs/'),
    };
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

/** @returns whether the fault has taken the place of the answer */
async function misbehave(fault: FaultAnswer, request: IncomingMessage, response: ServerResponse): Promise<boolean> {
  if (fault === 'truncate' || fault === 'lose-answer') return false;
  if (typeof fault === 'object' && 'delayMs' in fault) {
    await new Promise(resolve => setTimeout(resolve, fault.delayMs));
    return false;
  }
  if (fault === 'hang') return true;
  if (fault === 'reset') request.socket.resetAndDestroy();
  else if (fault === 'html') write(response, html(200, 'Sign in'));
  else {
    const { body, headers, status } = fault;
    const reply = typeof body === 'string' ? text(status, body) : json(status, body ?? {});
    write(response, { ...reply, headers: { ...reply.headers, ...headers } });
  }
  return true;
}

/** Writes an answer, or as much of it as the fault lets through. */
function write(response: ServerResponse, { status, headers, body }: Reply, fault?: FaultAnswer): void {
  if (fault === 'lose-answer') {
    response.socket?.resetAndDestroy();
    return;
  }
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { ...headers, ...(status === 204 ? {} : { 'content-length': Buffer.byteLength(body) }) });
  if (fault === 'truncate') {
    response.write(body.slice(0, Math.floor(body.length / 2)), () => response.socket?.destroy());
  } else response.end(body);
}
