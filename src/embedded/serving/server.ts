import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { misbehave, write } from './answering.js';
import type { Certificate } from './certificate.js';
import type { Faults } from './faults.js';
import type { Interception } from './interception.js';
import { type Reply, text } from './reply.js';
import type { LoggedRequest, RequestLog } from './request-log.js';

/** One request, read to its end. */
export interface Incoming {
  readonly request: IncomingMessage;
  /** For answers that are streams; whoever writes to it answers with undefined. */
  readonly response: ServerResponse;
  readonly method: string;
  readonly url: URL;
  readonly body: string;
  /** Remembers who asked. */
  readonly asked: (user: string) => void;
  /** Remembers that the platform serves no such request. */
  readonly unknown: () => void;
}

export interface PlatformServerOptions {
  readonly faults: Faults;
  readonly interception: Interception;
  readonly requests: RequestLog;
  readonly now: () => number;
  /** Serves HTTPS with this; HTTP without it. */
  readonly certificate?: Certificate | undefined;
  /** Whether a request asks for a write. */
  readonly isWrite: (method: string, path: string) => boolean;
  /** @returns undefined when the answer has been streamed */
  readonly answer: (incoming: Incoming) => Reply | undefined | Promise<Reply | undefined>;
}

/** The HTTP side of a platform in a box: remembers requests, plays the faults, and writes the answers. */
export class PlatformServer {
  readonly #options: PlatformServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(options: PlatformServerOptions) {
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

  /** @returns the URL */
  async listen(): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    const scheme = this.#options.certificate === undefined ? 'http' : 'https';
    return `${scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>(resolve => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { faults, interception, requests } = this.#options;
    const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'embedded'}`);
    const logged = requests.add(this.#log(request, url));
    response.once('finish', () => {
      logged.status = response.statusCode;
    });
    const body = await bodyOf(request);
    const fault = (await interception.onRequest(logged)) ?? faults.hit(logged.method, logged.path);
    if (fault !== undefined && (await misbehave(fault, request, response))) return;
    const reply = await this.#answer({
      request,
      response,
      method: logged.method,
      url,
      body,
      asked: user => {
        logged.user = user;
      },
      unknown: () => requests.markUnknown(logged),
    });
    if (reply === undefined) return;
    await interception.beforeAnswer(logged);
    write(response, reply, fault);
  }

  async #answer(incoming: Incoming): Promise<Reply | undefined> {
    try {
      return await this.#options.answer(incoming);
    } catch (error) {
      return text(500, `The embedded platform failed: ${error instanceof Error ? error.stack : String(error)}\n`);
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
      mutating: this.#options.isWrite(method, pathname),
    };
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
