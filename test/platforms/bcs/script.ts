/** A server that answers as a test says, in BCS's envelopes, and the client pointed at it. */
import { request } from '../../../src/lib/http.js';
import { Client } from '../../../src/platforms/bcs/client.js';
import { hasty, type Reply, type Seen, serveScript } from '../script.js';

export { hasty, type Reply, soon } from '../script.js';

/** Answers a request, given those before it; `lost`: its connection is closed. */
export type Script = (seen: Seen, before: readonly Seen[]) => Reply | 'lost';

export interface Scripted extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly Seen[];
  readonly client: Client;
}

export function envelope(code: number, data: unknown = null, message = code === 0 ? 'success' : 'no'): Reply {
  return { json: { result: code === 0, code, message, data } };
}

export async function scripted(script: Script, token: string | undefined = 'a-token'): Promise<Scripted> {
  const seen: Seen[] = [];
  const server = await serveScript((one, before) => {
    const reply = script(one, before);
    // BCS calls everything JSON.
    return reply === 'lost' ? { isLost: true } : { type: 'application/json', ...reply };
  }, seen);
  const client = new Client({
    api: server.url,
    cluster: 'BCS-MESOS-10000',
    token,
    clock: hasty,
    debug: () => undefined,
    send: wanted => request(wanted),
  });
  return { url: server.url, seen, client, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
