/** A user who holds a WebSocket, and comes again when told that the other side goes away. */
import { setTimeout as pause } from 'node:timers/promises';
import WebSocket from 'ws';
import { AT_MOST_MS } from './users.js';

const GOING_AWAY = 1001;
/** Much longer than any answer takes. */
const ANSWER_MS = 5_000;

type Said = { readonly version: string } | { readonly closed: number };

/**
 * Says something, waits until it is said back, and goes on. What was not answered when the other side said goodbye is said
 * again to the next one; an end without a goodbye, and a connection that is not made, are failures.
 */
export class SocketUser {
  readonly failures: string[] = [];
  /** Who answered, in their order. */
  readonly versions = new Set<string>();
  messages = 0;
  goodbyes = 0;
  readonly #url: string;
  readonly #running: Promise<void>;
  #isStopped = false;

  constructor(url: string) {
    this.#url = url.replace(/^http/, 'ws');
    this.#running = this.#run();
  }

  /** Waits until a version has answered. */
  async until(version: string): Promise<void> {
    const until = performance.now() + 10_000;
    while (!this.versions.has(version)) {
      if (performance.now() > until) throw new Error(`Version ${version} never answered; ${this.failures}`);
      await pause(10);
    }
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    const until = performance.now() + AT_MOST_MS;
    while (!this.#isStopped && performance.now() < until) {
      const socket = await this.#open();
      if (socket) await this.#talk(socket);
      else await pause(20);
    }
  }

  #open(): Promise<WebSocket | undefined> {
    return new Promise(resolve => {
      const socket = new WebSocket(this.#url);
      const fail = (reason: string) => {
        this.failures.push(`could not come again: ${reason}`);
        resolve(undefined);
      };
      socket.once('open', () => resolve(socket));
      socket.once('unexpected-response', (request, { statusCode }) => {
        request.destroy();
        fail(String(statusCode));
      });
      socket.on('error', error => {
        if (socket.readyState === WebSocket.CONNECTING) fail(error.message);
      });
    });
  }

  async #talk(socket: WebSocket): Promise<void> {
    const closed = new Promise<Said>(resolve => socket.once('close', code => resolve({ closed: code })));
    for (let number = 0; !this.#isStopped; number++) {
      const said = await Promise.race([answered(socket, `${number}`), closed]);
      if ('closed' in said) {
        if (said.closed === GOING_AWAY) this.goodbyes += 1;
        else this.failures.push(`ended without a goodbye: ${said.closed}`);
        return;
      }
      this.messages += 1;
      this.versions.add(said.version);
      await pause(10);
    }
    socket.close();
  }
}

/** Who said it back. One that never does so ends the connection, without a goodbye. */
function answered(socket: WebSocket, text: string): Promise<Said> {
  return new Promise(resolve => {
    const late = setTimeout(() => socket.terminate(), ANSWER_MS);
    socket.once('close', () => clearTimeout(late));
    const hear = (data: WebSocket.RawData) => {
      const { version, said } = JSON.parse(data.toString());
      if (said !== text) return;
      clearTimeout(late);
      socket.off('message', hear);
      resolve({ version });
    };
    socket.on('message', hear);
    if (socket.readyState === WebSocket.OPEN) socket.send(text);
  });
}
