/** A server that answers as a test says, in BCS's envelopes, and the client pointed at it. */
import { request } from '../../../src/lib/http.js';
import { systemClock } from '../../../src/lib/poll.js';
import { Client } from '../../../src/platforms/bcs/client.js';
import type { Clock } from '../../../src/platforms/port.js';
import { serve } from '../../lib/serve.js';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  // biome-ignore lint/suspicious/noExplicitAny: tests read single fields of many bodies
  readonly body: any;
}

export interface Reply {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
}

/** Answers a request, given those before it; `lost`: its connection is closed. */
export type Script = (seen: Seen, before: readonly Seen[]) => Reply | 'lost';

export interface Scripted extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly Seen[];
  readonly client: Client;
}

/** Waits for nothing: back-off and polling cost a test no time. */
export const hasty: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 2), signal),
};

export function envelope(code: number, data: unknown = null, message = code === 0 ? 'success' : 'no'): Reply {
  return { json: { result: code === 0, code, message, data } };
}

export async function scripted(script: Script, token: string | undefined = 'a-token'): Promise<Scripted> {
  const seen: Seen[] = [];
  const server = await serve(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const { method = '', url: path = '', headers } = incoming;
    const one: Seen = { method, path, headers, body: text === '' ? undefined : JSON.parse(text) };
    const reply = script(one, [...seen]);
    seen.push(one);
    if (reply === 'lost') return void incoming.socket.destroy();
    outgoing.writeHead(reply.status ?? 200, { 'content-type': 'application/json' });
    outgoing.end(reply.json === undefined ? (reply.text ?? '') : JSON.stringify(reply.json));
  });
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

export function soon(ms = 8_000): AbortSignal {
  return AbortSignal.timeout(ms);
}
