/** One request over node:http, light enough to be sent many times a second. */
import type { Agent, IncomingMessage } from 'node:http';
import * as http from 'node:http';
import * as https from 'node:https';
import type { HttpRequest } from '../lib/http.js';
import type { Answer } from './identity.js';

export interface AskOptions {
  readonly agent: Agent;
  /** GET unless told. */
  readonly method?: string;
  readonly body?: string | undefined;
  readonly timeoutMs: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends the request at once; it rejects then. */
  readonly signal: AbortSignal;
}

export interface ProbeAnswer extends Answer {
  readonly status: number;
}

/** So much of a body is looked at: a version stands near its beginning. The rest is read, and forgotten. */
const KEPT_BYTES = 64 * 1024;
/** An answer that goes on beyond that is a download, or has no end. */
const LONGEST_BYTES = 16 * 1024 * 1024;
/** So much later than asked for, a timer says that this process stood still; what came meanwhile is read first. */
const STOOD_STILL_MS = 100;
const READING_MS = 500;

/** An agent of the URL's protocol, for kept-alive or for fresh connections. `tls` holds PEM texts. */
export function agentFor(url: URL, keepAlive: boolean, maxSockets = 1, tls?: HttpRequest['tls']): Agent {
  const options = { keepAlive, maxSockets, ...tls };
  return url.protocol === 'https:' ? new https.Agent(options) : new http.Agent(options);
}

/**
 * Resolves with whatever was answered, read to its end; of the body the first 64 KiB are kept. Rejects when the answer is
 * not complete in time (TOO_LATE), is cut off, or is longer than 16 MiB (TOO_LONG).
 */
export function ask(url: URL, options: AskOptions): Promise<ProbeAnswer> {
  const { request } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const { agent, signal, method = 'GET', body } = options;
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const asked = request(url, {
      agent,
      signal,
      method,
      headers: { 'user-agent': 'cutover-probe', accept: '*/*', ...length, ...options.headers },
    });
    const stopTimer = after(options.timeoutMs, () =>
      asked.destroy(Object.assign(new Error('no complete answer came in time'), { code: 'TOO_LATE' })),
    );
    asked.once('close', stopTimer);
    asked.on('error', reject);
    asked.once('response', answer => read(answer, resolve, reject));
    asked.end(body);
  });
}

/** Calls `late` after that time. If this process itself stood still meanwhile, what has come is read first. */
function after(ms: number, late: () => void): () => void {
  const due = performance.now() + ms;
  let timer = setTimeout(() => {
    const stoodStill = performance.now() - due > STOOD_STILL_MS;
    if (stoodStill) timer = setTimeout(late, READING_MS);
    else late();
  }, ms);
  return () => clearTimeout(timer);
}

function read(answer: IncomingMessage, resolve: (answer: ProbeAnswer) => void, reject: (error: Error) => void): void {
  const { statusCode = 0, headers } = answer;
  const kept: Buffer[] = [];
  let bytes = 0;
  answer.on('data', (part: Buffer) => {
    if (bytes < KEPT_BYTES) kept.push(part.subarray(0, KEPT_BYTES - bytes));
    bytes += part.length;
    if (bytes <= LONGEST_BYTES) return;
    answer.destroy(Object.assign(new Error('the answer is longer than 16 MiB'), { code: 'TOO_LONG' }));
  });
  answer.once('end', () => resolve({ status: statusCode, headers, text: Buffer.concat(kept).toString() }));
  answer.on('error', reject);
  answer.once('close', () => {
    if (!answer.complete) reject(Object.assign(new Error('the answer was cut off'), { code: 'ECONNRESET' }));
  });
}
