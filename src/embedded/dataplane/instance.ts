import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Answer, type Identity, writeAnswer } from './answers.js';
import { type Gauge, type GaugeReading, gaugeText } from './gauge.js';
import type { InstanceState, RunningInstance } from './running-instance.js';
import { refuseUpgrade, WebSockets } from './web-sockets.js';

export interface InstanceOptions extends Identity {
  /** Answers by path (without the query); the key `*` answers every path that has none of its own. */
  readonly answers?: Readonly<Record<string, Answer>>;
  /** Milliseconds before every answer; 0 unless told. */
  readonly latencyMs?: number;
  /** Where it tells how much work is pending; nowhere unless told. */
  readonly gauge?: Gauge;
  /** How many ports it listens on, all alike; one unless told. */
  readonly ports?: number;
  /** How it ends when it is asked to, unless `terminate` is told otherwise. */
  readonly ending?: TerminateOptions;
  readonly observer?: InstanceObserver;
}

/** Told of an instance's work as it comes and goes. */
export interface InstanceObserver {
  readonly work: (instance: Instance) => void;
  readonly reading: (reading: GaugeReading) => void;
}

export interface TerminateOptions {
  /** Whether the program ends politely; see `Instance.terminate`. True unless told. */
  readonly drains?: boolean;
  /** A draining instance stops early once this many milliseconds have passed and no connection is left; never early unless told. */
  readonly lingerMs?: number;
}

/** The header of a request by which a platform asks how an instance is: it is answered, and counts as no work. */
export const probeHeader = 'x-embedded-probe';

/**
 * One running copy of a program: an HTTP server on a loopback port of its own. It behaves at its end like a container:
 * asked to go it drains (or does not), and at the end of the grace period it is killed.
 */
export class Instance implements RunningInstance {
  readonly identity: Identity;
  /** Requests received since the start, and those being answered now; probes do not count. */
  requests = 0;
  inFlight = 0;
  /** Milliseconds that requests have kept it busy, each by itself. */
  busyMs = 0;
  state: InstanceState = 'running';
  /** Milliseconds before every answer that has no delay of its own; may be changed at run time. */
  latencyMs: number;
  /** The ports that it listens on. */
  ports: readonly number[] = [];
  /** What the gauge has told, oldest first. */
  readonly gaugeReadings: GaugeReading[] = [];
  /** Work that was pending when the instance ended: what its end has destroyed. */
  abandoned = 0;

  /** Resolves when the instance is gone, however it went. */
  readonly stopped: Promise<void>;
  readonly #servers: readonly Server[];
  readonly #gauge: Gauge | undefined;
  readonly #webSockets: WebSockets;
  readonly #sockets = new Set<Socket>();
  readonly #answers: Map<string, Answer>;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #ending: TerminateOptions;
  readonly #observer: InstanceObserver | undefined;
  #everything: Answer | undefined;
  #onEmpty: (() => void) | undefined;
  #operations = 0;
  #markStopped: () => void = () => {};

  private constructor(options: InstanceOptions) {
    const { answers, ending = {}, gauge, latencyMs, observer, ports = 1, ...identity } = options;
    this.identity = identity;
    this.#ending = ending;
    this.#observer = observer;
    this.#webSockets = new WebSockets(identity);
    this.#gauge = gauge;
    this.latencyMs = latencyMs ?? 0;
    this.#answers = new Map(Object.entries(answers ?? {}));
    this.stopped = new Promise(resolve => {
      this.#markStopped = resolve;
    });
    this.#servers = Array.from({ length: ports }, () => this.#createServer());
  }

  /** Starts an instance; resolves once it listens. */
  static async start(options: InstanceOptions): Promise<Instance> {
    const instance = new Instance(options);
    const started = instance.#servers.map(
      server =>
        new Promise<void>((resolve, reject) => {
          server.once('error', reject);
          server.listen(0, '127.0.0.1', () => resolve());
        }),
    );
    await Promise.all(started);
    instance.ports = instance.#servers.map(server => (server.address() as AddressInfo).port);
    return instance;
  }

  /** The first of its ports. */
  get port(): number {
    return this.ports[0] ?? 0;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Requests without an answer yet, and operations that go on after theirs. */
  get pending(): number {
    return this.inFlight + this.#operations;
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
   * by one, at moments when no request can be lost; a connection that nobody uses is closed at the very end. WebSockets are
   * told at once that it is going away.
   * Not draining, it stops at once: what is in flight is reset.
   */
  terminate(graceMs: number, { drains = true, lingerMs = graceMs }: TerminateOptions = this.#ending): Promise<void> {
    if (this.state !== 'running') return this.stopped;
    this.state = 'terminating';
    if (!drains || graceMs <= 0) this.kill();
    else {
      this.#webSockets.sayGoodbye();
      this.#later(Math.min(lingerMs, graceMs), () => {
        this.#onEmpty = () => setImmediate(() => this.#endIfEmpty());
        this.#lookWhetherEmpty();
      });
      this.#later(graceMs, () => this.#endOfGrace());
    }
    return this.stopped;
  }

  /** A crash: stops listening and resets every connection, now. */
  kill(): void {
    if (this.state === 'stopped') return;
    this.state = 'stopped';
    this.abandoned = this.pending;
    this.#onEmpty = undefined;
    for (const timer of this.#timers) clearTimeout(timer);
    const closed = this.#servers.map(server => new Promise<void>(resolve => server.close(() => resolve())));
    void Promise.all(closed).then(() => this.#markStopped());
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Idle connections end with a FIN, not with a reset: their clients learn of it before they write again. */
  #endOfGrace(): void {
    for (const server of this.#servers) server.closeIdleConnections();
    setImmediate(() => this.kill());
  }

  #createServer(): Server {
    // A server that closes idle connections by a timer resets the keep-alive client that happens to write just then.
    const server = createServer({ keepAliveTimeout: 0, noDelay: true }, (request, response) =>
      this.#receive(request, response),
    );
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    return server.on('connection', socket => this.#track(socket));
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#lookWhetherEmpty();
    });
  }

  get #isEmpty(): boolean {
    return this.#sockets.size === 0 && this.#operations === 0;
  }

  #lookWhetherEmpty(): void {
    if (this.#isEmpty) this.#onEmpty?.();
  }

  /** After connections that were waiting to be accepted have been: whoever drains does not reset them. */
  #endIfEmpty(): void {
    if (this.#isEmpty) this.kill();
  }

  #receive(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    if (path === this.#gauge?.path && this.#everything === undefined && !this.#answers.has(path)) {
      request.resume();
      this.#tellGauge(response, path, this.#gauge);
      return;
    }
    if (request.headers[probeHeader] === undefined) this.#count(response);
    request.resume();
    const answer = this.#everything ?? this.#answers.get(path) ?? this.#answers.get('*');
    const delayMs = answer?.delayMs ?? this.latencyMs;
    if (delayMs > 0) this.#later(delayMs, () => this.#send(response, path, answer));
    else this.#send(response, path, answer);
  }

  /** What answers a request with an error refuses a WebSocket, too. */
  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const { status = 200 } = this.#everything ?? this.#answers.get(path) ?? this.#answers.get('*') ?? {};
    if (status >= 400) refuseUpgrade(socket, status);
    else this.#webSockets.accept(request, socket, head);
  }

  #count(response: ServerResponse): void {
    this.requests += 1;
    this.inFlight += 1;
    this.#observer?.work(this);
    const since = performance.now();
    response.once('close', () => {
      this.inFlight -= 1;
      this.busyMs += performance.now() - since;
      this.#observer?.work(this);
    });
  }

  /** Asking the gauge is no work: it counts nowhere. */
  #tellGauge(response: ServerResponse, path: string, gauge: Gauge): void {
    const reading = { at: Date.now(), pending: this.pending };
    this.gaugeReadings.push(reading);
    this.#observer?.reading(reading);
    const headers = { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' };
    this.#send(response, path, { body: gaugeText(gauge, this.pending), headers });
  }

  #send(response: ServerResponse, path: string, answer: Answer | undefined): void {
    const { status, headers, body } = writeAnswer(this.identity, path, answer);
    if (this.state === 'terminating') headers.connection = 'close';
    if (answer?.operationMs !== undefined) this.#operate(answer.operationMs);
    response.writeHead(status, headers).end(body);
  }

  #operate(ms: number): void {
    this.#operations += 1;
    this.#observer?.work(this);
    this.#later(ms, () => {
      this.#operations -= 1;
      this.#observer?.work(this);
      this.#lookWhetherEmpty();
    });
  }

  #later(ms: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, ms);
    this.#timers.add(timer);
  }
}
