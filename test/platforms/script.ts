/** A server that answers as a test says, with bodies as the real ones have them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { systemClock } from '../../src/lib/poll.js';
import type { Clock } from '../../src/platforms/port.js';
import { type Served, serve } from '../lib/serve.js';

export interface Seen {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly authorization: string | undefined;
  // biome-ignore lint/suspicious/noExplicitAny: tests read single fields of many bodies
  readonly body: any;
}

export interface Reply {
  readonly status?: number;
  readonly json?: unknown;
  readonly text?: string;
  /** JSON or plain text, unless told. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The connection is closed in place of an answer. */
  readonly isLost?: boolean;
}

/** Answers a request, given those before it; undefined: it is not expected, and the test fails by the 500 that it gets. */
export type Script = (seen: Seen, before: readonly Seen[]) => Reply | undefined;

/** Waits for nothing: back-off and polling cost a test no time. */
export const hasty: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 2), signal),
};

/** A signal that gives a test up long before jest does. */
export function soon(ms = 8_000): AbortSignal {
  return AbortSignal.timeout(ms);
}

/** Serves the script; `seen` gets each request in its turn. */
export function serveScript(script: Script, seen: Seen[]): Promise<Served> {
  return serve((incoming, outgoing) => void answer(script, seen, incoming, outgoing));
}

async function answer(script: Script, seen: Seen[], incoming: IncomingMessage, outgoing: ServerResponse) {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const { method = '', url: path = '', headers } = incoming;
  const body = text === '' ? undefined : JSON.parse(text);
  const one: Seen = { method, path, headers, authorization: headers.authorization, body };
  const reply = script(one, [...seen]) ?? { status: 500, json: { message: 'URI not found' } };
  seen.push(one);
  if (reply.isLost) return void incoming.socket.destroy();
  const type = reply.type ?? (reply.json === undefined ? 'text/plain' : 'application/json');
  outgoing.writeHead(reply.status ?? 200, { 'content-type': type, ...reply.headers });
  outgoing.end(reply.json === undefined ? (reply.text ?? '') : JSON.stringify(reply.json));
}
