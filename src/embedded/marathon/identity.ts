import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** Somebody who may log in. */
export interface User {
  readonly uid: string;
  readonly password?: string;
  /** PEM of a service account's public key. */
  readonly publicKey?: string;
  /** Resources such as `dcos:service:marathon:marathon:services:/shop`; undefined: everything. */
  readonly permissions?: readonly string[];
}

/** What `POST /acs/api/v1/auth/login` may be sent. */
export interface Login {
  readonly uid?: unknown;
  readonly password?: unknown;
  readonly token?: unknown;
  /** When the token shall end: seconds since the epoch. */
  readonly exp?: unknown;
}

/** The accounts of the cluster, and the tokens that it has given out. */
export class Identity {
  /** How long a token is valid; milliseconds. */
  tokenLifeMs: number;
  readonly #now: () => number;
  readonly #secret = randomBytes(32);
  readonly #users = new Map<string, User>();
  readonly #revoked = new Set<string>();
  #issued = 0;

  constructor(now: () => number, tokenLifeMs: number) {
    this.#now = now;
    this.tokenLifeMs = tokenLifeMs;
  }

  addUser(user: User): void {
    this.#users.set(user.uid, user);
  }

  /** A token of a user, as a login would give it. */
  token(uid: string, lifeMs = this.tokenLifeMs): string {
    this.#issued += 1;
    const claims = { uid, exp: (this.#now() + lifeMs) / 1_000, jti: String(this.#issued) };
    const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
    return `${text}.${this.#sign(text)}`;
  }

  /** From now on a token is answered 401. */
  revoke(token: string): void {
    this.#revoked.add(token);
  }

  /** Whose token it is; undefined when it is none, is over, or was revoked. */
  userOf(token: string): User | undefined {
    const [head = '', body = '', signature = ''] = token.split('.');
    const expected = Buffer.from(this.#sign(`${head}.${body}`));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const { exp, uid } = JSON.parse(Buffer.from(body, 'base64url').toString()) as { exp: number; uid: string };
    if (exp * 1_000 <= this.#now() || this.#revoked.has(token)) return undefined;
    return this.#users.get(uid);
  }

  /**
   * Logs in with a password, or with a JWT that the service account's private key has signed (RS256, claims `uid` and `exp`).
   *
   * @returns the token; undefined when the login is refused
   */
  async login({ exp, password, token, uid }: Login): Promise<string | undefined> {
    const user = this.#users.get(String(uid));
    if (user === undefined) return undefined;
    const lifeMs = typeof exp === 'number' ? exp * 1_000 - this.#now() : this.tokenLifeMs;
    if (typeof password === 'string' && user.password !== undefined) {
      return password === user.password ? this.token(user.uid) : undefined;
    }
    if (typeof token !== 'string' || user.publicKey === undefined) return undefined;
    const isGenuine = await this.#isSignedBy(user, token, user.publicKey);
    return isGenuine ? this.token(user.uid, Math.min(lifeMs, this.tokenLifeMs)) : undefined;
  }

  /** Whether the name and password of `Authorization: Basic` are right. */
  isPassword(uid: string, password: string): boolean {
    return password !== '' && this.#users.get(uid)?.password === password;
  }

  async #isSignedBy(user: User, token: string, publicKey: string): Promise<boolean> {
    const { errors, importSPKI, jwtVerify } = await import('jose');
    try {
      const key = await importSPKI(publicKey, 'RS256');
      const currentDate = new Date(this.#now());
      const { payload } = await jwtVerify(token, key, { algorithms: ['RS256'], currentDate, requiredClaims: ['exp'] });
      return payload.uid === user.uid;
    } catch (error) {
      if (error instanceof errors.JOSEError) return false;
      throw error;
    }
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#secret).update(text).digest('base64url');
  }
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** Whether a user may use a resource, e.g. `dcos:service:marathon:marathon:services:/shop/blue`: a group covers what is in it. */
export function mayUse({ permissions }: User, resource: string): boolean {
  if (permissions === undefined) return true;
  return permissions.some(
    permission =>
      resource === permission || resource.startsWith(permission.endsWith('/') ? permission : `${permission}/`),
  );
}
