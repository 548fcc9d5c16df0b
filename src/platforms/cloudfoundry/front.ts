/** A loopback address that leads to one route through the routers, whoever answers for its name elsewhere. */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Endpoint } from '../port.js';

/** Passes each request on to the next router, with the route's host as its Host, until disposed. */
export async function startFront(
  routers: readonly string[],
  host: string,
  ca: string | undefined,
  description: string,
): Promise<Endpoint> {
  let turn = 0;
  const agent = new https.Agent(ca === undefined ? {} : { ca });
  const server = http.createServer((incoming, outgoing) => {
    const router = new URL(routers[turn++ % routers.length] ?? '');
    pass(incoming, outgoing, router, host, router.protocol === 'https:' ? agent : undefined);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    description,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      agent.destroy();
      await new Promise<void>(resolve => server.close(() => resolve()));
    },
  };
}

function pass(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  router: URL,
  host: string,
  agent: https.Agent | undefined,
): void {
  const { method = 'GET', url = '/', headers } = incoming;
  const start = agent ? https.request : http.request;
  const request = start(new URL(url, router), { method, headers: { ...headers, host }, ...(agent ? { agent } : {}) });
  request.once('response', answer => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.on('error', () => outgoing.destroy()).pipe(outgoing);
  });
  // Whoever asked sees that the connection broke, as without anything in between.
  request.once('error', () => outgoing.destroy());
  outgoing.once('close', () => request.destroy());
  incoming.pipe(request);
}
