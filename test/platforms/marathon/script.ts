/** A server that answers as a test says, with bodies as the real ones have them, and the platform pointed at it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { MarathonConfig } from '../../../src/config/marathon-schema.js';
import { marathonSchema } from '../../../src/config/marathon-schema.js';
import { request } from '../../../src/lib/http.js';
import { systemClock } from '../../../src/lib/poll.js';
import { Client } from '../../../src/platforms/marathon/client.js';
import type { Context } from '../../../src/platforms/marathon/context.js';
import { authorizationOf } from '../../../src/platforms/marathon/credentials.js';
import type { Clock, PlatformSettings } from '../../../src/platforms/port.js';

export interface Seen {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly authorization: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: tests read single fields of many bodies
  readonly body: any;
}

export interface Reply {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The connection is closed in place of an answer. */
  readonly isLost?: boolean;
}

/** Answers a request; undefined: it is not expected, and the test fails by the 500 that it gets. */
export type Script = (seen: Seen, before: readonly Seen[]) => Reply | undefined;

export interface Scripted extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly Seen[];
  readonly masked: readonly string[];
  readonly client: Client;
  readonly context: Context;
}

/** Waits for nothing: back-off and polling cost a test no time. */
export const hasty: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 2), signal),
};

export async function scripted(script: Script, section: object = {}, clock: Clock = hasty): Promise<Scripted> {
  const seen: Seen[] = [];
  const server = createServer((incoming, outgoing) => void answer(script, seen, incoming, outgoing));
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pointed = await pointedAt(url, section, clock);
  return { url, seen, ...pointed, [Symbol.asyncDispose]: () => close(server) };
}

/** The platform's client pointed at a URL, whoever serves there. */
export async function pointedAt(
  url: string,
  section: object,
  clock: Clock = hasty,
): Promise<Pick<Scripted, 'client' | 'context' | 'masked'>> {
  const masked: string[] = [];
  const config: MarathonConfig = marathonSchema.parse({ url, ...section });
  const send = (wanted: Parameters<typeof request>[0]) => request(wanted);
  const authorization = await authorizationOf({
    section: config,
    workspace: import.meta.dirname,
    clock,
    mask: secret => masked.push(secret),
    send: wanted => send({ ...wanted, timeoutMs: 5_000 }),
  });
  const client = new Client({
    marathon: `${url}/service/marathon`,
    edgeLb: `${url}/service/edgelb`,
    authorization,
    clock,
    debug: () => undefined,
    send,
    requestTimeoutMs: 2_000,
  });
  const context: Context = {
    client,
    settings: { workspace: import.meta.dirname, clock } as unknown as PlatformSettings,
    section: config,
    events: { listen: async () => undefined },
    ask: wanted => request({ method: 'GET', ...wanted }),
  };
  return { client, context, masked };
}

async function answer(
  script: Script,
  seen: Seen[],
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const { method = '', url: path = '', headers } = incoming;
  const one: Seen = {
    method,
    path,
    authorization: headers.authorization,
    body: text === '' ? undefined : JSON.parse(text),
  };
  const reply = script(one, [...seen]) ?? { status: 500, json: { message: `URI not found` } };
  seen.push(one);
  if (reply.isLost) return void incoming.socket.destroy();
  const type = reply.type ?? (reply.json === undefined ? 'text/plain' : 'application/json');
  outgoing.writeHead(reply.status ?? 200, { 'content-type': type, ...reply.headers });
  outgoing.end(reply.json === undefined ? (reply.text ?? '') : JSON.stringify(reply.json));
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise<void>(resolve => server.close(() => resolve()));
}

export function soon(ms = 8_000): AbortSignal {
  return AbortSignal.timeout(ms);
}
