import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EdgeLb } from '../edge-lb/edge-lb.js';
import { html, json, type Reply, text } from './api/exchange.js';
import { notAuthenticated } from './errors.js';
import { type Identity, type Login, mayUse, type User } from './identity.js';
import type { MarathonService } from './service.js';

export interface GatewayOptions {
  readonly identity: Identity;
  readonly marathon: MarathonService;
  readonly edgeLb: EdgeLb;
  /** The name that Edge-LB's service is installed under. */
  readonly edgeLbName: string;
}

/** One request as it has come in, its body read. */
export interface GatewayRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  readonly text: string;
  /** Whether it has reached the Marathon that leads, past the gateway. */
  readonly isLeader: boolean;
  /** Told who asks. */
  readonly onUser: (uid: string) => void;
  /** Called for a request that nobody knows a route for. */
  readonly unknown: () => void;
}

const cookieName = 'dcos-acs-auth-cookie';
const marathonResource = 'dcos:service:marathon:marathon:services:';

/** Admin Router: who asks, what for, and whether that may be; its own refusals are no JSON. Without it: Marathon alone. */
export class Gateway {
  /** Whether it has just lost sight of the services: everything below `/service` is 503 until it has found them again. */
  isStale = false;
  /** Whether Marathon that is reached without the gateway asks for a name and a password. */
  asksForPassword = false;
  readonly #options: GatewayOptions;

  constructor(options: GatewayOptions) {
    this.#options = options;
  }

  /** @returns undefined when the answer is a stream */
  async answer(asked: GatewayRequest): Promise<Reply | undefined> {
    const { request, url } = asked;
    const method = request.method ?? 'GET';
    if (url.pathname === '/acs/api/v1/auth/login' && method === 'POST') return await this.#login(asked.text);
    const [, service = '', rest = ''] = /^\/service\/([^/]+)(\/.*)?$/.exec(url.pathname) ?? [];
    const alias = /^\/marathon(\/.*)?$/.exec(url.pathname);
    if (service !== '') return await this.#service(asked, service, rest);
    if (alias !== null) return await this.#service(asked, 'marathon', alias[1] ?? '');
    if (/^\/(v2|ping)(\/|$)/.test(url.pathname)) return await this.#direct(asked);
    asked.unknown();
    return html(404, '404 Not Found');
  }

  async #login(given: string): Promise<Reply> {
    let login: Login = {};
    try {
      login = JSON.parse(given) as Login;
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      const title = 'Bad Request';
      return json(400, { title, description: 'The request body is not valid JSON.', code: 'ERR_INVALID_DATA' });
    }
    const token = await this.#options.identity.login(login);
    if (token === undefined) {
      const description = 'Wrong user ID or password, or the login token is not valid.';
      return json(401, { title: 'Unauthorized', description, code: 'ERR_INVALID_CREDENTIALS' });
    }
    return json(200, { token }, { 'Set-Cookie': `${cookieName}=${token}; Path=/; HttpOnly` });
  }

  async #service(asked: GatewayRequest, service: string, rest: string): Promise<Reply | undefined> {
    if (this.isStale) return text(503, '503 Service Unavailable: invalid Marathon svcapps cache');
    const user = this.#userOf(asked.request);
    if (user === undefined) return html(401, '401 Authorization Required', { 'WWW-Authenticate': 'acsjwt' });
    asked.onUser(user.uid);
    const path = decodeURIComponent(rest === '' ? '/' : rest);
    if (service === 'marathon') return await this.#marathon(asked, path, user);
    if (service === this.#options.edgeLbName) return await this.#edgeLb(asked, path, user);
    return text(404, '404 Not Found: service not found.');
  }

  /** Marathon without the gateway: an open-source one, or a node of the cluster that is asked by itself. */
  async #direct(asked: GatewayRequest): Promise<Reply | undefined> {
    const user = this.#userOf(asked.request) ?? (this.asksForPassword ? this.#byPassword(asked.request) : anybody);
    if (user === undefined) {
      const { body, status } = notAuthenticated();
      return json(status, body, { 'WWW-Authenticate': 'Basic realm="Mesosphere"' });
    }
    asked.onUser(user.uid);
    return await this.#marathon(asked, decodeURIComponent(asked.url.pathname), user);
  }

  async #marathon(asked: GatewayRequest, path: string, user: User): Promise<Reply | undefined> {
    const { isLeader, request, response, text: given, unknown, url } = asked;
    const may = (id: string) => mayUse(user, `${marathonResource}${id}`);
    const query = url.searchParams;
    const method = request.method ?? 'GET';
    return await this.#options.marathon.answer(
      { request, response, method, path, query, text: given, may, isLeader },
      unknown,
    );
  }

  /** Pools need a permission of the gateway and one of Marathon; the list needs one of its own. */
  async #edgeLb({ request, text: given, unknown }: GatewayRequest, path: string, user: User): Promise<Reply> {
    const resource = `dcos:adminrouter:service:${this.#options.edgeLbName}:`;
    const may = (pool: string) =>
      mayUse(user, `${resource}/v2/pools/${pool}`) && mayUse(user, `${marathonResource}/dcos-edgelb/pools/${pool}`);
    const pool = poolOf(path, given);
    const needed =
      /^\/(ping|version)$/.test(path) || (pool === undefined ? mayUse(user, `${resource}/config`) : may(pool));
    if (!needed) return html(403, '403 Forbidden');
    return await this.#options.edgeLb.answer({ method: request.method ?? 'GET', path, text: given, may }, unknown);
  }

  /** The header wins over the cookie. */
  #userOf({ headers }: IncomingMessage): User | undefined {
    const token =
      /^(?:token=|Bearer\s+)(\S+)$/i.exec(headers.authorization ?? '')?.[1] ??
      new RegExp(`${cookieName}=([^;\\s]+)`).exec(headers.cookie ?? '')?.[1];
    return token === undefined ? undefined : this.#options.identity.userOf(token);
  }

  #byPassword({ headers }: IncomingMessage): User | undefined {
    const encoded = /^Basic\s+(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
    const [uid = '', ...password] = Buffer.from(encoded, 'base64').toString().split(':');
    return this.#options.identity.isPassword(uid, password.join(':')) ? { uid } : undefined;
  }
}

const anybody: User = { uid: '' };

/** The pool that a request is about; a new one is named in the body. */
function poolOf(path: string, given: string): string | undefined {
  const named = /^\/v2\/pools\/([^/]+)/.exec(path)?.[1];
  if (named !== undefined || given === '') return named;
  return /"name"\s*:\s*"([^"]+)"/.exec(given)?.[1];
}
