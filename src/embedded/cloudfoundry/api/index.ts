import { randomUUID } from 'node:crypto';
import { json, type Reply, text } from '../../serving/reply.js';
import type { Incoming } from '../../serving/server.js';
import { CloudFoundryError, invalidToken, notAuthenticated, notAuthorized, unknownRequest } from '../errors.js';
import type { Uaa } from '../uaa.js';
import { apps } from './apps.js';
import type { Controller, Exchange, Handler } from './exchange.js';
import { manifests } from './manifests.js';
import { places } from './places.js';
import { processes } from './processes.js';
import { quotas } from './quotas.js';
import { roles } from './roles.js';
import { routes } from './routes.js';
import { sidecars } from './sidecars.js';
import { staging } from './staging.js';

const HANDLERS: Readonly<Record<string, Handler>> = {
  ...places,
  ...apps,
  ...staging,
  ...processes,
  ...sidecars,
  ...quotas,
  ...roles,
  ...routes,
  ...manifests,
};
const ROUTES = Object.entries(HANDLERS).map(([pattern, handler]) => {
  const [method = '', path = ''] = pattern.split(' ');
  return { method, expression: new RegExp(`^${path.replaceAll('*', '([^/]+)')}$`), handler };
});

/** What anybody may ask. */
const OPEN = ['/', '/v3', '/v3/info'];

/** What a person is asked for who logs in. */
const PROMPTS = { username: ['text', 'Email'], password: ['password', 'Password'] };

export interface RateLimit {
  /** Requests of one user in a window. */
  readonly limit: number;
  readonly windowMs: number;
}

export interface ApiOptions extends Controller {
  readonly uaa: Uaa;
  /** What Korifi takes in place of a token of UAA. */
  readonly fixedToken: string | undefined;
  readonly rateLimit: RateLimit | undefined;
  /** Said with every answer. */
  readonly warnings: readonly string[];
}

/** The Cloud Controller's API, with UAA and log-cache beside it. */
export class Api {
  readonly #options: ApiOptions;
  readonly #asked = new Map<string, { count: number; resetsAt: number }>();
  readonly #policies: object[] = [];

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  async answer(incoming: Incoming): Promise<Reply> {
    const { pathname } = incoming.url;
    const path = pathname.length > 1 ? pathname.replace(/\/$/, '') : pathname;
    if (/^\/uaa(\/|$)/.test(path)) return this.#uaa(incoming, path);
    try {
      const user = OPEN.includes(path) ? 'nobody' : this.#userOf(incoming);
      incoming.asked(user);
      const limited = OPEN.includes(path) ? { headers: {} } : this.#count(user);
      if ('refused' in limited) return limited.refused;
      const reply = await this.#handled(incoming, path, user);
      const headers = { ...limited.headers, ...this.#warnings(), 'x-vcap-request-id': randomUUID() };
      return { ...reply, headers: { ...reply.headers, ...headers } };
    } catch (error) {
      if (error instanceof CloudFoundryError) return error.reply;
      throw error;
    }
  }

  async #handled(incoming: Incoming, asked: string, user: string): Promise<Reply> {
    // Clients of log-cache know its host and not its path, for everywhere else it has a host of its own.
    const path = asked.startsWith('/api/v1/') ? `/log-cache${asked}` : asked;
    const read = /^\/log-cache\/api\/v1\/read\/(.+)$/.exec(path)?.[1];
    if (read) return this.#logs(read, incoming);
    if (path === '/log-cache/api/v1/info') return json(200, { version: '3.0.0', vm_uptime: '1' });
    if (path === '/networking/v1/external/policies') return this.#networking(incoming);
    for (const { method, expression, handler } of ROUTES) {
      const parts = method === incoming.method ? expression.exec(path)?.slice(1) : undefined;
      if (parts && method !== 'GET' && !this.#options.context.rolesOf(user).includes('space_developer')) {
        throw notAuthorized();
      }
      if (parts) return handler(this.#exchange(incoming, path, user, parts));
    }
    incoming.unknown();
    throw unknownRequest();
  }

  #exchange({ method, url, body, request }: Incoming, path: string, user: string, parts: readonly string[]): Exchange {
    const { context, database, diego, emitter, logs } = this.#options;
    const controller = { context, database, diego, emitter, logs };
    const contentType = request.headers['content-type'] ?? '';
    const asked = { base: url.origin, user, method, path, query: url.searchParams, contentType, text: body };
    return { ...controller, ...asked, parts: parts.map(decodeURIComponent) };
  }

  async #uaa(incoming: Incoming, path: string): Promise<Reply> {
    const { context, uaa } = this.#options;
    if (path === '/uaa/oauth/token' && incoming.method === 'POST' && !context.isKorifi) return uaa.answer(incoming);
    if (/^\/uaa\/(login|info)$/.test(path))
      return json(200, { app: { version: '77.0.0' }, prompts: PROMPTS, links: { uaa: `${incoming.url.origin}/uaa` } });
    incoming.unknown();
    return text(404, 'not found');
  }

  /** No permission is a 404 here, never a 401 or 403. */
  #logs(app: string, { url }: Incoming): Reply {
    const { database, logs } = this.#options;
    return database.apps.has(app) ? json(200, logs.read(app, url.searchParams)) : text(404, 'app not found');
  }

  #networking({ method, body }: Incoming): Reply {
    if (method === 'POST') this.#policies.push(...(JSON.parse(body).policies ?? []));
    return json(200, method === 'POST' ? {} : { total_policies: this.#policies.length, policies: this.#policies });
  }

  #userOf({ request }: Incoming): string {
    const { fixedToken, uaa } = this.#options;
    const token = /^bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined) throw notAuthenticated();
    const user = token === fixedToken ? 'user' : uaa.userOf(token);
    if (user === undefined) throw invalidToken();
    return user;
  }

  /** Each is encoded as in a form, so that the commas between them are none of theirs. */
  #warnings(): Record<string, string> {
    const encoded = this.#options.warnings.map(text => encodeURIComponent(text).replaceAll('%20', '+'));
    return encoded.length === 0 ? {} : { 'x-cf-warnings': encoded.join(', ') };
  }

  #count(user: string): { headers: Record<string, string> } | { refused: Reply } {
    const { context, rateLimit } = this.#options;
    if (!rateLimit) return { headers: {} };
    const now = context.now();
    const before = this.#asked.get(user);
    const window = before && before.resetsAt > now ? before : { count: 0, resetsAt: now + rateLimit.windowMs };
    window.count += 1;
    this.#asked.set(user, window);
    const headers = {
      'x-ratelimit-limit': String(rateLimit.limit),
      'x-ratelimit-remaining': String(Math.max(0, rateLimit.limit - window.count)),
      'x-ratelimit-reset': String(Math.ceil(window.resetsAt / 1_000)),
    };
    if (window.count <= rateLimit.limit) return { headers };
    const error = { code: 10013, title: 'CF-RateLimitExceeded', detail: 'Rate Limit Exceeded' };
    const retry = { 'retry-after': String(Math.ceil((window.resetsAt - now) / 1_000)) };
    // The body is JSON, and says that it is text.
    const refused = text(429, JSON.stringify({ errors: [error] }));
    return { refused: { ...refused, headers: { ...refused.headers, ...headers, ...retry } } };
  }
}
