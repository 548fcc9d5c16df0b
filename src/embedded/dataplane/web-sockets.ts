import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Identity } from './answers.js';

/** What a client reads of a server that goes away in order (RFC 6455, 7.4.1). */
const GOING_AWAY = 1001;

/** The WebSockets of one instance: it says back what it was told, and who it is. */
export class WebSockets {
  readonly #identity: Identity;
  readonly #server = new WebSocketServer({ noServer: true });
  #isLeaving = false;

  constructor(identity: Identity) {
    this.#identity = identity;
  }

  /** One that comes when the instance is about to go is told so at once. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#server.handleUpgrade(request, socket, head, client => {
      client.on('error', () => client.terminate());
      client.on('message', said => client.send(JSON.stringify({ ...this.#identity, said: said.toString() })));
      if (this.#isLeaving) client.close(GOING_AWAY);
    });
  }

  /** Every client is told to come again elsewhere; what it said until then is answered. */
  sayGoodbye(): void {
    this.#isLeaving = true;
    for (const client of this.#server.clients) client.close(GOING_AWAY);
  }
}

/** The answer to an upgrade that is not made. */
export function refuseUpgrade(
  socket: Duplex,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  body = '',
): void {
  const lines = Object.entries({ ...headers, 'content-length': String(Buffer.byteLength(body)), connection: 'close' });
  const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head}\r\n${body}`);
}
