import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Answer, type Identity, writeAnswer } from './answers.js';

export interface InstanceOptions extends Identity {
  /** Answers by path (without the query); the key `*` answers every path that has none of its own. */
  readonly answers?: Readonly<Record<string, Answer>>;
  /** Milliseconds before every answer; 0 unless told. */
  readonly latencyMs?: number;
}

export interface TerminateOptions {
  /** Whether the program ends politely; see `Instance.terminate`. True unless told. */
  readonly drains?: boolean;
  /** A draining instance stops early once this many milliseconds have passed and no connection is left; never early unless told. */
  readonly lingerMs?: number;
}

export type InstanceState = 'running' | 'terminating' | 'stopped';

/**
 * One running copy of a program: an HTTP server on a loopback port of its own. It behaves at its end like a container:
 * asked to go it drains (or does not), and at the end of the grace period it is killed.
 */
export class Instance {
  readonly identity: Identity;
  /** Requests received since the start, and those being answered now. */
  requests = 0;
  inFlight = 0;
  state: InstanceState = 'running';
  /** Milliseconds before every answer that has no delay of its own; may be changed at run time. */
  latencyMs: number;

  /** Resolves when the instance is gone, however it went. */
  readonly stopped: Promise<void>;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #answers: Map<string, Answer>;
  readonly #timers = new Set<NodeJS.Timeout>();
  #everything: Answer | undefined;
  #onEmpty: (() => void) | undefined;
  #port = 0;
  #markStopped: () => void = () => {};

  private constructor({ answers, latencyMs, ...identity }: InstanceOptions) {
    this.identity = identity;
    this.latencyMs = latencyMs ?? 0;
    this.#answers = new Map(Object.entries(answers ?? {}));
    this.stopped = new Promise(resolve => {
      this.#markStopped = resolve;
    });
    // A server that closes idle connections by a timer resets the keep-alive client that happens to write just then.
    this.#server = createServer({ keepAliveTimeout: 0, noDelay: true }, (request, response) =>
      this.#receive(request, response),
    );
    this.#server.on('connection', socket => this.#track(socket));
  }

  /** Starts an instance; resolves once it listens. */
  static async start(options: InstanceOptions): Promise<Instance> {
    const instance = new Instance(options);
    await new Promise<void>((resolve, reject) => {
      instance.#server.once('error', reject);
      instance.#server.listen(0, '127.0.0.1', () => resolve());
    });
    instance.#port = (instance.#server.address() as AddressInfo).port;
    return instance;
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  /** Sets or (with undefined) removes the answer of one path, from the next request on. */
  answer(path: string, answer: Answer | undefined): void {
    if (answer === undefined) this.#answers.delete(path);
    else this.#answers.set(path, answer);
  }

  /** Answers every path with this, over all others, until it is taken back with undefined. */
  answerEverything(answer: Answer | undefined): void {
    this.#everything = answer;
  }

  /** Answers everything with 500, from `afterMs` milliseconds on. */
  fail(afterMs = 0): void {
    if (afterMs <= 0) this.answerEverything({ status: 500 });
    else this.#later(afterMs, () => this.answerEverything({ status: 500 }));
  }

  /**
   * Asks the instance to end, and resolves when it is gone, at the latest after `graceMs`.
   *
   * Draining, it goes on to accept and answer, says `Connection: close` with each answer and so loses its connections one
   * by one, at moments when no request can be lost; a connection that nobody uses is closed at the very end.
   * Not draining, it stops at once: what is in flight is reset.
   */
  terminate(graceMs: number, { drains = true, lingerMs = graceMs }: TerminateOptions = {}): Promise<void> {
    if (this.state !== 'running') return this.stopped;
    this.state = 'terminating';
    if (!drains || graceMs <= 0) this.kill();
    else {
      this.#later(Math.min(lingerMs, graceMs), () => {
        this.#onEmpty = () => this.kill();
        if (this.#sockets.size === 0) this.kill();
      });
      this.#later(graceMs, () => this.#endOfGrace());
    }
    return this.stopped;
  }

  /** A crash: stops listening and resets every connection, now. */
  kill(): void {
    if (this.state === 'stopped') return;
    this.state = 'stopped';
    this.#onEmpty = undefined;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#server.close(() => this.#markStopped());
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Idle connections end with a FIN, not with a reset: their clients learn of it before they write again. */
  #endOfGrace(): void {
    this.#server.closeIdleConnections();
    setImmediate(() => this.kill());
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (this.#sockets.size === 0) this.#onEmpty?.();
    });
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    this.requests += 1;
    this.inFlight += 1;
    response.once('close', () => {
      this.inFlight -= 1;
    });
    request.resume();
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const answer = this.#everything ?? this.#answers.get(path) ?? this.#answers.get('*');
    const delayMs = answer?.delayMs ?? this.latencyMs;
    if (delayMs > 0) this.#later(delayMs, () => this.#send(response, path, answer));
    else this.#send(response, path, answer);
  }

  #send(response: ServerResponse, path: string, answer: Answer | undefined): void {
    const { status, headers, body } = writeAnswer(this.identity, path, answer);
    if (this.state === 'terminating') headers.connection = 'close';
    response.writeHead(status, headers).end(body);
  }

  #later(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms);
    this.#timers.add(timer);
  }
}
