/** Reaching pods without an ingress: a small reverse proxy on loopback in front of the API server's own proxy. */

import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Endpoint } from '../port.js';
import type { Server } from './server.js';
import { messageOf } from './transport.js';

/** Set on answers that are this proxy's or the API server's own, not the application's. */
export const UNREACHABLE_HEADER = 'x-cutover-unreachable';
const OWN_ANSWER_LIMIT = 64 * 1024;

/** Meant for one connection, or replaced by the proxy's own: `authorization` is ours, and the API server keeps it. */
const NOT_FORWARDED = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'authorization',
]);

/** Gives the API path to forward the next request to, such as `/api/v1/namespaces/shop/pods/x:80/proxy`. */
export type PickPath = () => string;

/** Serves on a random port of 127.0.0.1 until disposed. */
export async function startProxy(server: Server, pick: PickPath, description: string): Promise<Endpoint> {
  const proxy = createServer((incoming, outgoing) => {
    forward(server, pick(), incoming, outgoing).catch(error => refuse(outgoing, error));
  });
  await new Promise<void>((resolve, reject) => {
    proxy.once('error', reject);
    proxy.listen(0, '127.0.0.1', resolve);
  });
  const { port } = proxy.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    description,
    async [Symbol.asyncDispose]() {
      proxy.closeAllConnections();
      await new Promise<void>(resolve => proxy.close(() => resolve()));
    },
  };
}

async function forward(
  server: Server,
  proxyPath: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const base = new URL(server.url);
  const prefix = base.pathname.replace(/\/+$/, '');
  const options = await server.tunnelOptions();
  const { promise, request } = send(base, `${prefix}${proxyPath}${incoming.url ?? '/'}`, options, incoming);
  outgoing.on('close', () => request.destroy());
  const answer = await promise;
  const status = answer.statusCode ?? 502;
  if (status === 502 || status === 503 || status === 403 || status === 401) {
    await passOrExplain(answer, status, outgoing, proxyPath);
    return;
  }
  outgoing.writeHead(status, headersBack(answer, proxyPath));
  answer.pipe(outgoing);
}

function send(base: URL, path: string, options: RequestOptions, incoming: IncomingMessage) {
  const { method } = incoming;
  const headers = { ...headersOn(incoming), ...options.headers };
  const start = base.protocol === 'https:' ? httpsRequest : httpRequest;
  const request = start({ ...options, hostname: base.hostname, port: base.port, method, path, headers });
  const promise = new Promise<IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
  });
  incoming.pipe(request);
  return { promise, request };
}

function headersOn(incoming: IncomingMessage): Record<string, string | string[]> {
  const entries = Object.entries(incoming.headers).flatMap(([name, value]) =>
    value === undefined || NOT_FORWARDED.has(name) ? [] : [[name, value] as const],
  );
  return Object.fromEntries(entries);
}

/** The API server puts its own proxy path in front of redirects; the application never said it. */
function headersBack(answer: IncomingMessage, proxyPath: string): Record<string, string | string[]> {
  const headers = headersOn(answer);
  const { location } = answer.headers;
  if (location !== undefined) headers.location = withoutProxyPath(location, proxyPath);
  return headers;
}

/** With or without the API server's address and path prefix in front; any other place is the application's own word. */
function withoutProxyPath(location: string, proxyPath: string): string {
  const at = location.indexOf(proxyPath);
  const rest = location.slice(at + proxyPath.length);
  return at < 0 ? location : rest === '' || /^[?#]/.test(rest) ? `/${rest}` : rest;
}

/** A refusal in the API's own form is not the application's answer: it becomes one plain sentence under 502. */
async function passOrExplain(
  answer: IncomingMessage,
  status: number,
  outgoing: ServerResponse,
  proxyPath: string,
): Promise<void> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of answer) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > OWN_ANSWER_LIMIT) break;
  }
  const body = Buffer.concat(chunks);
  const words = ownWords(body.toString('utf8'));
  if (words === undefined) {
    outgoing.writeHead(status, headersBack(answer, proxyPath));
    outgoing.end(body);
    return;
  }
  refuse(outgoing, new Error(`the API server answered ${status} for ${proxyPath}: ${words}`));
}

/** The message of a Status object, which is how the API server speaks for itself. */
function ownWords(text: string): string | undefined {
  try {
    const status = JSON.parse(text) as { kind?: unknown; apiVersion?: unknown; message?: unknown };
    return status?.kind === 'Status' && status.apiVersion === 'v1' ? String(status.message) : undefined;
  } catch {
    // Before 1.20 and behind some gateways it speaks plain text.
    return /^error trying to reach service/i.test(text.trim()) ? text.trim() : undefined;
  }
}

function refuse(outgoing: ServerResponse, error: unknown): void {
  if (outgoing.headersSent) {
    outgoing.destroy();
    return;
  }
  outgoing.writeHead(502, { 'content-type': 'text/plain; charset=utf-8', [UNREACHABLE_HEADER]: 'true' });
  outgoing.end(`Not reached: ${messageOf(error)}\n`);
}
