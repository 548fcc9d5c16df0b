/** A way to several addresses in turn, on a loopback port of this machine. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Endpoint } from '../platforms/port.js';

/** Passes each connection on to the next address, until disposed. There is at least one address. */
export async function startRelay(addresses: readonly URL[], description: string): Promise<Endpoint> {
  const open = new Set<Socket>();
  let turn = 0;
  const relay = createServer(incoming => {
    const { hostname = '', port = '' } = addresses[turn++ % addresses.length] ?? {};
    const outgoing = connect({ host: hostname, port: Number(port) });
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      open.add(one);
      one.once('close', () => open.delete(one));
      one.on('error', () => other.destroy()); // the other side sees that the connection broke
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve, reject) => relay.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = relay.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    description,
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      await new Promise<void>(resolve => relay.close(() => resolve()));
    },
  };
}
