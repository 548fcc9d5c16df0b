import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { json, type Reply } from '../serving/reply.js';
import type { Incoming } from '../serving/server.js';

export interface Client {
  readonly id: string;
  readonly secret: string;
}

export interface User {
  readonly name: string;
  readonly password: string;
  /** The identity provider that knows the user; UAA itself unless told. */
  readonly origin?: string;
  /** In each space; `space_developer` unless told. */
  readonly roles?: readonly string[];
}

/** Whose ID tokens are taken for a user: that of a CI system, for instance. */
export interface Issuer {
  /** The `iss` of its tokens. */
  readonly issuer: string;
  /** PEM (SPKI). */
  readonly publicKey: string;
  /** For whom its tokens have to be; for anybody unless told. */
  readonly audience?: string;
}

export interface UaaOptions {
  readonly users: readonly User[];
  readonly clients: readonly Client[];
  readonly issuer: Issuer | undefined;
  readonly tokenLifeMs: number;
  readonly now: () => number;
}

interface Token {
  readonly user: string;
  readonly expiresAt: number;
}

const SCOPES = ['cloud_controller.read', 'cloud_controller.write', 'openid', 'network.write'];
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const CLIENT_ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** UAA's token endpoint: passwords, client credentials, assertions and refreshes, and tokens that expire. */
export class Uaa {
  readonly #options: UaaOptions;
  /** Users that another issuer's tokens have named. */
  readonly federated = new Set<string>();
  readonly #key = randomBytes(32);
  readonly #access = new Map<string, Token>();
  readonly #refresh = new Map<string, string>();

  constructor(options: UaaOptions) {
    this.#options = options;
  }

  /** Who a bearer token belongs to; undefined when it is unknown or has expired. */
  userOf(token: string): string | undefined {
    const known = this.#access.get(token);
    return known && known.expiresAt > this.#options.now() ? known.user : undefined;
  }

  /** A token for whoever needs one without logging in. */
  issue(user: string): string {
    return this.#issue(user).access_token;
  }

  /** Ends every access token now, as a change of keys does. Refresh tokens stay. */
  revoke(): void {
    this.#access.clear();
  }

  async answer({ request, url, body }: Incoming): Promise<Reply> {
    const form = new URLSearchParams(body);
    const grant = form.get('grant_type');
    if (grant !== 'client_credentials' && !this.#knows(request.headers.authorization)) {
      return refused(401, 'invalid_client', 'Bad credentials');
    }
    switch (grant) {
      case 'password':
        return this.#password(form, url.searchParams.get('login_hint'));
      case 'client_credentials':
        return this.#client(form, request.headers.authorization);
      case 'refresh_token':
        return this.#refreshed(form);
      case JWT_BEARER:
        return this.#assertion(form.get('assertion') ?? '');
      default:
        return refused(400, 'invalid_request', 'Missing grant type');
    }
  }

  /** Whoever logs a user in is a client itself: `cf`, whose secret is empty, or one of the others. */
  #knows(authorization: string | undefined): boolean {
    const [id, secret] = basic(authorization) ?? [];
    return [{ id: 'cf', secret: '' }, ...this.#options.clients].some(one => one.id === id && one.secret === secret);
  }

  /** `hint` is JSON, and says which identity provider is to be asked. */
  #password(form: URLSearchParams, hint: string | null): Reply {
    const origin = hint === null ? 'uaa' : JSON.parse(hint).origin;
    const user = this.#options.users.find(
      ({ name, password, origin: own = 'uaa' }) =>
        name === form.get('username') && password === form.get('password') && own === origin,
    );
    return user ? this.#given(user.name, true) : refused(401, 'unauthorized', 'Bad credentials');
  }

  async #client(form: URLSearchParams, authorization: string | undefined): Promise<Reply> {
    const [id, secret] = basic(authorization) ?? [form.get('client_id'), form.get('client_secret')];
    const client = this.#options.clients.find(known => known.id === id);
    const asserted = form.get('client_assertion_type') === CLIENT_ASSERTION;
    const isGood = asserted ? await this.#isSigned(form.get('client_assertion') ?? '') : client?.secret === secret;
    if (client && isGood) return this.#given(client.id, false);
    return refused(401, 'invalid_client', 'Bad credentials');
  }

  #refreshed(form: URLSearchParams): Reply {
    const user = this.#refresh.get(form.get('refresh_token') ?? '');
    return user ? this.#given(user, true) : refused(401, 'invalid_token', 'The refresh token is not valid');
  }

  async #assertion(assertion: string): Promise<Reply> {
    const signed = await this.#isSigned(assertion);
    if (signed) this.federated.add(signed);
    return signed ? this.#given(signed, true) : refused(401, 'invalid_grant', 'The assertion is not valid');
  }

  /** The subject of a token that the trusted issuer has signed. */
  async #isSigned(token: string): Promise<string | undefined> {
    const { issuer } = this.#options;
    if (!issuer) return undefined;
    const { importSPKI, jwtVerify } = await import('jose');
    try {
      const key = await importSPKI(issuer.publicKey, 'RS256');
      const { audience } = issuer;
      const { payload } = await jwtVerify(token, key, { issuer: issuer.issuer, ...(audience ? { audience } : {}) });
      return payload.sub;
    } catch {
      return undefined; // whatever is wrong with it, it is no proof
    }
  }

  #given(user: string, mayRefresh: boolean): Reply {
    const { refresh_token, ...rest } = this.#issue(user, !mayRefresh);
    return json(200, mayRefresh ? { ...rest, refresh_token } : rest);
  }

  #issue(user: string, isClient = false) {
    const { now, tokenLifeMs } = this.#options;
    const [jti, expiresAt] = [randomUUID(), now() + tokenLifeMs];
    const [access_token, refresh_token] = [this.#signed(user, isClient, jti, expiresAt), `${randomUUID()}-r`];
    this.#access.set(access_token, { user, expiresAt });
    this.#refresh.set(refresh_token, user);
    const expires_in = Math.ceil(tokenLifeMs / 1_000);
    return { access_token, token_type: 'bearer', refresh_token, expires_in, scope: SCOPES.join(' '), jti };
  }

  /** A token is a JWT, and clients such as the cf CLI read in it who they are. */
  #signed(user: string, isClient: boolean, jti: string, expiresAt: number): string {
    const claims = {
      jti,
      sub: user,
      ...(isClient ? { client_id: user } : { user_id: user, user_name: user, origin: 'uaa', client_id: 'cf' }),
      scope: SCOPES,
      iat: Math.floor(this.#options.now() / 1_000),
      exp: Math.ceil(expiresAt / 1_000),
      iss: 'https://uaa.embedded.test/oauth/token',
    };
    const parts = [{ alg: 'HS256', typ: 'JWT', kid: 'embedded' }, claims];
    const signed = parts.map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${signed}.${createHmac('sha256', this.#key).update(signed).digest('base64url')}`;
  }
}

function basic(authorization: string | undefined): readonly [string, string] | undefined {
  const encoded = /^Basic (.+)$/.exec(authorization ?? '')?.[1];
  if (!encoded) return undefined;
  const [id = '', secret = ''] = Buffer.from(encoded, 'base64').toString().split(':');
  return [decodeURIComponent(id), decodeURIComponent(secret)];
}

function refused(status: number, error: string, error_description: string): Reply {
  return json(status, { error, error_description });
}
