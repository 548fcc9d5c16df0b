/** One HTTP request, told in plain words when it fails. Heavy to load (axios): import it from lazily loaded modules. */
import * as http from 'node:http';
import * as https from 'node:https';
import axios, { isAxiosError } from 'axios';
import { plain } from './inert.js';
import { DeadlinePassed, deadline } from './poll.js';
import { formatDuration } from './units.js';

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | undefined;
  /** For everything, from the connection to the last byte of the answer. */
  readonly timeoutMs: number;
  /** The longest body that is read. */
  readonly maxBytes?: number;
  /** Whether a connection of its own is opened for this request, as a new user's would be. */
  readonly freshConnection?: boolean;
  /** PEM texts: whom to trust in place of the public authorities, and the client's own certificate. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string } | undefined;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  /** Names in lower case; several values are joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** Each Set-Cookie header as it came. */
  readonly cookies?: readonly string[];
  /** From sending to the last byte. */
  readonly ms: number;
}

export type RequestFailureKind =
  | 'refused'
  | 'reset'
  | 'dns'
  | 'unreachable'
  | 'tls'
  | 'timeout'
  | 'too-large'
  | 'other';

/** A request that got no (whole) answer; the message is a whole sentence that names the request. */
export class RequestFailed extends Error {
  readonly kind: RequestFailureKind;

  constructor(kind: RequestFailureKind, message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'RequestFailed';
    this.kind = kind;
  }
}

const MAX_BYTES = 1024 * 1024;

/**
 * Sends a request and reads the answer, whatever its status. Redirects are answers, not orders. Proxies are taken from
 * HTTPS_PROXY, HTTP_PROXY and NO_PROXY, never for loopback. Throws RequestFailed, and the signal's reason.
 */
export async function request(wanted: HttpRequest): Promise<HttpAnswer> {
  using limit = deadline(wanted.signal, wanted.timeoutMs);
  limit.signal.throwIfAborted();
  const started = performance.now();
  try {
    const answer = await axios.request<string>({
      method: wanted.method,
      url: wanted.url,
      headers: { Accept: '*/*', 'User-Agent': 'cutover', 'Content-Type': false, ...wanted.headers },
      data: wanted.body,
      adapter: 'http',
      responseType: 'text',
      // The texts as they are: no JSON is written or read here.
      transformRequest: data => data,
      transformResponse: data => data,
      validateStatus: () => true,
      maxRedirects: 0,
      maxContentLength: wanted.maxBytes ?? MAX_BYTES,
      signal: limit.signal,
      ...(isLoopback(wanted.url) ? { proxy: false as const } : {}),
      ...(wanted.freshConnection || wanted.tls ? freshAgents(wanted.tls) : {}),
    });
    return {
      status: answer.status,
      headers: plainHeaders(answer.headers),
      text: answer.data ?? '',
      cookies: [answer.headers['set-cookie'] ?? []].flat(),
      ms: Math.round(performance.now() - started),
    };
  } catch (thrown) {
    if (wanted.signal.aborted) throw wanted.signal.reason;
    throw explain(thrown, wanted, limit.signal.reason);
  }
}

function freshAgents(tls: HttpRequest['tls']) {
  const options = { keepAlive: false };
  return { httpAgent: new http.Agent(options), httpsAgent: new https.Agent({ ...options, ...tls }) };
}

function plainHeaders(headers: object): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}

/** Whether a URL points at this machine, where a proxy would be another machine's loopback. */
export function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const host = new URL(url).hostname;
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d+){3}$/.test(host);
}

/** Method and address as people may see them: without user, password and query, which may hold secrets. */
export function describeRequest(method: string, url: string): string {
  if (!URL.canParse(url)) return `${method} ${plain(url, 200)}`;
  const { protocol, host, pathname } = new URL(url);
  return `${method} ${plain(`${protocol}//${host}${pathname}`, 200)}`;
}

function explain(thrown: unknown, wanted: HttpRequest, reason: unknown): RequestFailed {
  const what = describeRequest(wanted.method, wanted.url);
  if (reason instanceof DeadlinePassed) {
    const waited = formatDuration(wanted.timeoutMs);
    return new RequestFailed('timeout', `${what} got no complete answer within ${waited}.`, thrown);
  }
  const { kind, words } = whyFailed(thrown, wanted.maxBytes ?? MAX_BYTES);
  return new RequestFailed(kind, `${what} failed: ${words}.`, thrown);
}

/** What an error of Node or axios means, as the end of a sentence. Also told of a bare socket error. */
export function whyFailed(thrown: unknown, maxBytes = MAX_BYTES): { kind: RequestFailureKind; words: string } {
  const error = thrown as NodeJS.ErrnoException;
  const code = error.code ?? '';
  const message = plain(error.message || code || String(thrown), 200).replace(/\.$/, '');
  if (isAxiosError(thrown) && /maxContentLength/.test(thrown.message)) {
    return { kind: 'too-large', words: `the answer is longer than ${maxBytes} bytes` };
  }
  if (code === 'ECONNREFUSED') return { kind: 'refused', words: 'the connection was refused (ECONNREFUSED)' };
  if (code === 'ECONNRESET' || code === 'EPIPE' || code === 'ECONNABORTED' || /aborted|socket hang up/.test(message)) {
    return { kind: 'reset', words: `the connection was closed before the answer was complete (${code || message})` };
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return { kind: 'dns', words: `the host name could not be resolved (${code})` };
  }
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'ETIMEDOUT') {
    return { kind: 'unreachable', words: `the host could not be reached (${code})` };
  }
  if (/CERT|SIGNED|^ERR_TLS|^ERR_SSL|^EPROTO|^UNABLE_TO_/.test(code)) {
    return { kind: 'tls', words: `the server's TLS certificate or handshake was not accepted: ${message} (${code})` };
  }
  return { kind: 'other', words: code && !message.includes(code) ? `${message} (${code})` : message };
}
