/**
 * GitHub's REST API as far as a release uses it: issues, comments, deployments, statuses and team members, with the
 * field names, status codes, pagination and conditional requests of its public OpenAPI description
 * (SOURCE.md). A request or an answer that differs from it is kept in `unknown`, and fails the test in the end.
 */

import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Served, serve } from '../lib/serve.js';
import { differences } from './github-description.js';
import { type Fields, GithubRepository, REPOSITORY } from './github-repository.js';

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: unknown;
}

/** What one answer is instead of the right one. */
export interface Trouble {
  readonly status: number;
  readonly message?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The request is carried out, and its answer is lost. */
  readonly after?: boolean;
}

const TOKEN = 'ghs_0123456789abcdefghijklmnopqrstuvwxyz';

export class GithubServer extends GithubRepository implements AsyncDisposable {
  readonly repository = REPOSITORY;
  readonly token = TOKEN;
  readonly requests: Seen[] = [];
  readonly unknown: string[] = [];
  /** Answers the next requests that match with something else, each once, or for ever with `always`. */
  readonly troubles: { readonly match: RegExp; readonly trouble: Trouble; readonly always?: boolean }[] = [];
  /** Whether requests are taken and never answered. */
  hang = false;
  /** Items on a page, however many are asked for. */
  pageSize = 100;
  readonly #served: Served;

  private constructor(served: Served) {
    super();
    this.#served = served;
  }

  static async start(): Promise<GithubServer> {
    let server: GithubServer | undefined;
    const served = await serve((request, response) => void server?.handle(request, response));
    server = new GithubServer(served);
    return server;
  }

  /** What GITHUB_API_URL would say; as on an Enterprise server it has a path. */
  get apiUrl(): string {
    return `${this.#served.url}/api/v3`;
  }

  /** What a workflow knows. */
  get environment(): Record<string, string> {
    return { GITHUB_API_URL: this.apiUrl, GITHUB_REPOSITORY: REPOSITORY };
  }

  /** How often something was asked, 304 included. */
  count(match: RegExp): number {
    return this.requests.filter(({ method, path }) => match.test(`${method} ${path}`)).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#served[Symbol.asyncDispose]();
    if (this.unknown.length > 0) throw new Error(`GitHub knows nothing of this: ${this.unknown.join(' ')}`);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    if (this.hang) return;
    const url = new URL(request.url ?? '/', 'http://github.test');
    const path = url.pathname.replace(/^\/api\/v3/, '') + url.search;
    const what = `${request.method} ${path}`;
    const answer = (status: number, value: unknown, headers: Record<string, string> = {}) => {
      this.requests.push({ method: request.method ?? '', path, status, headers: request.headers, body });
      const query = [...url.searchParams.keys()];
      const exchange = {
        method: request.method ?? '',
        path: url.pathname.replace(/^\/api\/v3/, ''),
        query,
        body,
        status,
        value,
      };
      this.unknown.push(...differences(exchange));
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
      response.end(status === 304 || status === 204 ? undefined : JSON.stringify(value));
    };
    const at = this.troubles.findIndex(({ match }) => match.test(what));
    const trouble = this.troubles[at];
    if (trouble && !trouble.always) this.troubles.splice(at, 1);
    if (trouble && !trouble.trouble.after) {
      const { status, message = 'trouble', headers = {} } = trouble.trouble;
      return answer(status, { message }, { ...headers });
    }
    if (request.headers.authorization !== `Bearer ${TOKEN}`)
      return answer(401, { message: 'Bad credentials', status: '401' });
    const done = this.route(
      request.method ?? '',
      url.pathname.replace(/^\/api\/v3/, ''),
      url.searchParams,
      body as Fields,
    );
    if (trouble?.trouble.after) return void request.socket.destroy();
    if (!done) {
      return answer(404, { message: 'Not Found', status: '404' });
    }
    if (done.status !== 200 || !Array.isArray(done.value)) return answer(done.status, done.value);
    this.#page(done.value, url, request.headers['if-none-match'], answer);
  }

  #page(
    items: unknown[],
    url: URL,
    known: string | undefined,
    answer: (status: number, value: unknown, headers: Record<string, string>) => void,
  ) {
    const size = Math.min(this.pageSize, Number(url.searchParams.get('per_page') ?? 30));
    const page = Number(url.searchParams.get('page') ?? 1);
    const shown = items.slice((page - 1) * size, page * size);
    const etag = `"${createHash('sha256').update(JSON.stringify(shown)).digest('hex')}"`;
    const next = new URL(`${this.apiUrl}${url.pathname.replace(/^\/api\/v3/, '')}${url.search}`);
    next.searchParams.set('page', String(page + 1));
    const link: Record<string, string> = items.length > page * size ? { link: `<${next.href}>; rel="next"` } : {};
    if (known === etag) return answer(304, undefined, { etag });
    answer(200, shown, { etag, ...link });
  }
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  return text === '' ? {} : JSON.parse(text);
}
