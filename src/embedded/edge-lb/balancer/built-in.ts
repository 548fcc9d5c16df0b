import { createServer, type Server as HttpServer } from 'node:http';
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import type { Balancer, BalancerOptions } from './balancer.js';
import { type Configuration, type Frontend, keyOf } from './configuration.js';
import { renderConfiguration } from './render.js';
import { type StatisticsRow, statisticsCsv } from './statistics.js';
import { Worker } from './worker.js';

/** How long a connection of an older worker may do nothing before it is closed; milliseconds. */
const idleMs = 1_000;

/**
 * A router in this process that does what HAProxy does with the parts of a configuration that pools have. Each
 * configuration has a worker of its own: new connections go to the newest one, older ones finish what they have.
 */
export class BuiltInBalancer implements Balancer {
  running = '';
  readonly #options: BalancerOptions;
  readonly #servers = new Map<string, HttpServer | TcpServer>();
  readonly #workers = new Set<Worker>();
  #worker: Worker | undefined;
  #lastPid = 1;

  constructor(options: BalancerOptions) {
    this.#options = options;
  }

  async apply(configuration: Configuration): Promise<string | undefined> {
    let worker: Worker;
    this.#lastPid += 1;
    try {
      worker = new Worker(configuration, this.#lastPid, this.#options.checkMs);
    } catch (error) {
      if (error instanceof RangeError) return `[ALERT] config : ${error.message}`;
      throw error;
    }
    const before = this.#worker;
    this.#worker = worker;
    this.#workers.add(worker);
    for (const frontend of configuration.frontends) await this.#listen(frontend);
    this.running = renderConfiguration(configuration);
    before?.retire(idleMs, () => this.#workers.delete(before));
    await this.#forgetFrontends(configuration);
    return undefined;
  }

  async statistics(): Promise<string> {
    return statisticsCsv(this.#worker === undefined ? [] : rows(this.#worker));
  }

  async pids(): Promise<readonly number[]> {
    return [1, ...[...this.#workers].map(({ pid }) => pid)];
  }

  async close(): Promise<void> {
    for (const worker of this.#workers) worker.close();
    await Promise.all([...this.#servers.values()].map(close));
  }

  async #listen(frontend: Frontend): Promise<void> {
    const key = keyOf(frontend);
    if (this.#servers.has(key)) return;
    const owners = new WeakMap<Socket, Worker>();
    const adopt = (socket: Socket) => {
      const worker = this.#worker;
      if (worker === undefined) socket.destroy();
      else owners.set(socket, worker.adopt(socket, frontend.mode));
    };
    const server =
      frontend.mode === 'tcp'
        ? createTcpServer({ noDelay: true, allowHalfOpen: true }, socket => {
            adopt(socket);
            owners.get(socket)?.join(key, socket);
          })
        : createServer({ keepAliveTimeout: 0, noDelay: true }, (request, response) => {
            owners.get(request.socket)?.answer(key, request, response);
          }).on('connection', adopt);
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#options.portOf(frontend.bindPort), this.#options.address, () => resolve());
    });
    this.#servers.set(key, server);
  }

  async #forgetFrontends({ frontends }: Configuration): Promise<void> {
    const wanted = new Set(frontends.map(keyOf));
    for (const [key, server] of this.#servers) {
      if (wanted.has(key)) continue;
      this.#servers.delete(key);
      server.close();
    }
  }
}

function close(server: HttpServer | TcpServer): Promise<void> {
  return new Promise(resolve => server.close(() => resolve()));
}

function rows(worker: Worker): StatisticsRow[] {
  const frontends = worker.frontends.map(({ frontend, current, total }) => {
    const type = { pxname: frontend.name, svname: 'FRONTEND', status: 'OPEN', type: 0, mode: frontend.mode };
    return { ...type, scur: current(), stot: total, pid: 1 };
  });
  const backends = worker.backends.flatMap(({ backend, upstreams }) => {
    const { mode, name } = backend;
    const own = upstreams.map(({ answers, current, errors, lastCheck, options, server, status, total }) => ({
      pxname: name,
      svname: server.name,
      qcur: 0,
      qmax: 0,
      scur: current,
      stot: total,
      econ: errors,
      status,
      weight: options.weight,
      act: options.backup ? 0 : 1,
      bck: options.backup ? 1 : 0,
      check_status: lastCheck,
      hrsp_2xx: answers[2] ?? 0,
      hrsp_4xx: answers[4] ?? 0,
      hrsp_5xx: answers[5] ?? 0,
      type: 2,
      addr: `${server.host}:${server.port}`,
      mode,
      pid: 1,
    }));
    const scur = upstreams.reduce((sum, { current }) => sum + current, 0);
    const stot = upstreams.reduce((sum, { total }) => sum + total, 0);
    const status = upstreams.some(({ isUp }) => isUp) ? 'UP' : 'DOWN';
    const whole = { pxname: name, svname: 'BACKEND', qcur: 0, qmax: 0, scur, stot, status, type: 1, mode, pid: 1 };
    return [...own, { ...whole, algo: backend.balance }];
  });
  return [...frontends, ...backends];
}
