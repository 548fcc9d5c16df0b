import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { refuseUpgrade } from '../dataplane/index.js';
import type { Endpoint } from './router.js';

export interface UpgradeEvents {
  /** One of the two sides has ended it. */
  readonly ended: (endpoint: Endpoint, status: number) => void;
  /** The instance took the connection and ended it without a word. */
  readonly failed: (endpoint: Endpoint) => void;
}

/**
 * A WebSocket through a router: bytes in both directions, on the instance that it began with, until one side ends it,
 * whether or not the route still leads there. One that refuses the connection is passed over, as for a request.
 */
export async function passUpgrade(
  request: IncomingMessage,
  client: Duplex,
  head: Buffer,
  endpoints: readonly Endpoint[],
  events: UpgradeEvents,
): Promise<void> {
  client.on('error', () => undefined);
  for (const endpoint of endpoints) {
    const upstream = await dial(endpoint.port);
    if (upstream) return join(request, client, head, upstream, endpoint, events);
  }
  refuse(client, 'endpoint_failure (dial tcp: connection refused)');
}

function dial(port: number): Promise<Socket | undefined> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(socket)).once('error', () => resolve(undefined));
  });
}

function join(
  request: IncomingMessage,
  client: Duplex,
  head: Buffer,
  upstream: Socket,
  endpoint: Endpoint,
  { ended, failed }: UpgradeEvents,
): void {
  let status: number | undefined;
  upstream.write(headOf(request));
  upstream.write(head);
  upstream.once('data', chunk => {
    status = Number(/^HTTP\/1\.1 (\d{3})/.exec(chunk.toString('latin1'))?.[1] ?? 502);
  });
  upstream.on('data', chunk => client.write(chunk));
  upstream.on('error', () => undefined);
  upstream.once('close', () => {
    if (status !== undefined) client.end();
    else {
      failed(endpoint);
      refuse(client, 'endpoint_failure (EOF)');
    }
    ended(endpoint, status ?? 502);
  });
  client.once('close', () => upstream.destroy());
  client.pipe(upstream);
}

function headOf({ method, url, rawHeaders }: IncomingMessage): string {
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function refuse(client: Duplex, error: string): void {
  refuseUpgrade(
    client,
    502,
    { 'x-cf-routererror': error },
    '502 Bad Gateway: Registered endpoint failed to handle the request.\n',
  );
}
