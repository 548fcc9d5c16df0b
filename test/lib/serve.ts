/** Real servers on loopback, closed with all their connections when the test disposes them. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Server as NetServer, type Socket } from 'node:net';

export interface Served extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
}

/** Serves HTTP. */
export const serve = (listener: RequestListener): Promise<Served> => listen(createServer(listener));

/** Serves whatever `onConnection` says on each connection. */
export const serveSockets = (onConnection: (socket: Socket) => void): Promise<Served> =>
  listen(createSocketServer(onConnection));

async function listen(server: Server | NetServer): Promise<Served> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined); // clients that go away are part of the tests
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
