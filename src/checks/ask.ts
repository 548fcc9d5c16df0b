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

/** What is read of a body: a version stands near its beginning, and a big page must not become a load. */
const READ = 64 * 1024;

/** An agent of the URL's protocol, for kept-alive or for fresh connections. `tls` holds PEM texts. */
export function agentFor(url: URL, keepAlive: boolean, maxSockets = 1, tls?: HttpRequest['tls']): Agent {
  const options = { keepAlive, maxSockets, ...tls };
  return url.protocol === 'https:' ? new https.Agent(options) : new http.Agent(options);
}

/** Resolves with whatever was answered; rejects when the answer is not complete in time. */
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
    const late = () => asked.destroy(Object.assign(new Error('no complete answer came in time'), { code: 'TOO_LATE' }));
    const timer = setTimeout(late, options.timeoutMs);
    asked.once('close', () => clearTimeout(timer));
    asked.on('error', reject);
    asked.once('response', answer => read(answer, resolve, reject));
    asked.end(body);
  });
}

function read(answer: IncomingMessage, resolve: (answer: ProbeAnswer) => void, reject: (error: Error) => void): void {
  const { statusCode = 0, headers } = answer;
  let text = '';
  const done = () => resolve({ status: statusCode, headers, text });
  answer.setEncoding('utf8');
  answer.on('data', (part: string) => {
    text += part;
    if (text.length < READ) return;
    done();
    answer.destroy();
  });
  answer.once('end', done);
  answer.on('error', reject);
  answer.once('close', () => {
    if (!answer.complete) reject(Object.assign(new Error('the answer was cut off'), { code: 'ECONNRESET' }));
  });
}
