import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Balancer, BalancerOptions } from './balancer.js';
import type { Configuration } from './configuration.js';
import { renderConfiguration } from './render.js';

/** Whether HAProxy is installed. */
export function findHaproxy(): Promise<boolean> {
  return new Promise(resolve => execFile('haproxy', ['-v'], error => resolve(error === null)));
}

/** How long HAProxy may take to start or to take a configuration over; milliseconds. */
const patienceMs = 5_000;

/** A real HAProxy, as a master with its workers. It ends with this process, however this process ends. */
export class Haproxy implements Balancer {
  running = '';
  readonly #options: BalancerOptions;
  #folder = '';
  #child: ChildProcess | undefined;
  #masterPid = 0;
  #messages = '';

  constructor(options: BalancerOptions) {
    this.#options = options;
  }

  async apply(configuration: Configuration): Promise<string | undefined> {
    if (this.#folder === '') this.#folder = await mkdtemp(join(tmpdir(), 'haproxy-'));
    const candidate = join(this.#folder, 'candidate.cfg');
    await writeFile(candidate, this.#render(configuration));
    const refusal = await check(candidate);
    if (refusal !== undefined) return refusal;
    await writeFile(this.#file, this.#render(configuration));
    if (this.#child === undefined) await this.#start();
    else await this.#reload();
    this.running = renderConfiguration(configuration, { checkEvery: `${this.#options.checkMs}ms` });
    return undefined;
  }

  statistics(): Promise<string> {
    return this.#child === undefined ? Promise.resolve('') : ask(this.#workerSocket, 'show stat');
  }

  async pids(): Promise<readonly number[]> {
    if (this.#child === undefined) return [];
    const children = await readFile(`/proc/${this.#masterPid}/task/${this.#masterPid}/children`, 'utf8');
    return [this.#masterPid, ...children.split(' ').filter(Boolean).map(Number)];
  }

  async close(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise(resolve => child.once('exit', resolve));
      child.stdin?.end();
      await ended;
    }
    if (this.#folder !== '') await rm(this.#folder, { recursive: true, force: true });
  }

  get #file(): string {
    return join(this.#folder, 'haproxy.cfg');
  }

  get #masterSocket(): string {
    return join(this.#folder, 'master.sock');
  }

  get #workerSocket(): string {
    return join(this.#folder, 'worker.sock');
  }

  #render(configuration: Configuration): string {
    const { address, checkMs, portOf } = this.#options;
    return renderConfiguration(configuration, {
      bind: ({ bindPort }) => `${address}:${portOf(bindPort)}`,
      checkEvery: `${checkMs}ms`,
      global: [`stats socket ${this.#workerSocket} mode 600 level admin expose-fd listeners`],
    });
  }

  /** The shell ends HAProxy when its input ends: at close(), and when this process is gone. */
  async #start(): Promise<void> {
    const script = 'haproxy -W -S "$1" -f "$2" & echo "master $!"; cat >/dev/null; kill -9 0';
    const child = spawn('sh', ['-c', script, 'sh', this.#masterSocket, this.#file], {
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.stdin.on('error', () => {});
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#messages = `${this.#messages}${text}`.slice(-4_000);
    });
    this.#masterPid = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => reject(new Error(`HAProxy did not start: ${this.#messages}`)));
      child.stdout.on('data', (data: Buffer) => resolve(Number(/master (\d+)/.exec(String(data))?.[1])));
    });
    await this.#until(async () => (await this.#newestWorker()) > 0);
    await this.#until(() => this.#masterListens());
  }

  /** SIGUSR2 to the master: a new worker takes the listeners over, the older one finishes what it has. */
  async #reload(): Promise<void> {
    const before = await this.#newestWorker();
    process.kill(this.#masterPid, 'SIGUSR2');
    await this.#until(async () => {
      const now = await this.#newestWorker();
      return now > 0 && now !== before;
    });
    await this.#until(() => this.#masterListens());
  }

  /** The master executes itself anew when its worker runs, and a signal that it gets meanwhile is lost. */
  async #masterListens(): Promise<boolean> {
    return /^# programs/m.test(await ask(this.#masterSocket, 'show proc', /^# programs/m));
  }

  /** The worker that listens; it answers on its socket once it does. */
  async #newestWorker(): Promise<number> {
    const information = await ask(this.#workerSocket, 'show info');
    return Number(/^Pid: (\d+)/m.exec(information)?.[1] ?? 0);
  }

  async #until(holds: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + patienceMs;
    while (performance.now() < deadline) {
      // While a worker comes up or goes, its socket refuses or breaks off.
      if (await holds().catch(() => false)) return;
      await new Promise(resolve => setTimeout(resolve, 10));
    }
    throw new Error(`HAProxy did not take the configuration over within ${patienceMs} ms: ${this.#messages}`);
  }
}

/** @returns what HAProxy does not like about a configuration */
function check(file: string): Promise<string | undefined> {
  return new Promise(resolve => {
    execFile('haproxy', ['-c', '-f', file], (error, _, messages) => resolve(error === null ? undefined : messages));
  });
}

/** Sends one command to a socket of HAProxy, and reads its answer to the end, or until it has what is looked for. */
function ask(path: string, command: string, enough?: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ path });
    let answer = '';
    socket.setEncoding('utf8');
    socket.setTimeout(patienceMs, () => socket.destroy(new Error(`HAProxy did not answer "${command}".`)));
    socket.once('error', reject);
    socket.on('data', (text: string) => {
      answer += text;
      if (enough?.test(answer)) socket.destroy();
    });
    socket.once('close', () => resolve(answer));
    socket.write(`${command}\n`);
  });
}
