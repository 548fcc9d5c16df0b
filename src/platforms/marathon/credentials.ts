/** Who we are to the cluster: the header of each request, got by a login and renewed before it ends. */
import { createSign } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { MarathonConfig } from '../../config/marathon-schema.js';
import { type HttpAnswer, type HttpRequest, RequestFailed } from '../../lib/http.js';
import { type Lease, Renewable } from '../../lib/wire/renewable.js';
import type { Clock } from '../port.js';
import { wordsOf } from './answers.js';
import { marathonFailure } from './failures.js';

/** A token is renewed so long before its end that no request begins with one that ends under way. */
const AHEAD_MS = 60_000;
const LOGIN_MS = 30_000;
/** So long a login by a service account may be under way. */
const LOGIN_LIFE_S = 60;

export interface Authorization {
  /** The value of the header; undefined when there is none to send. Throws CREDENTIALS. */
  header(signal: AbortSignal): Promise<string | undefined>;
  /** The DC/OS token, which Edge-LB asks for besides; undefined without one. */
  token(signal: AbortSignal): Promise<string | undefined>;
  /** After an answer of 401: the next request logs in afresh. False where that changes nothing. */
  renew(): boolean;
}

export interface LoginOptions {
  readonly section: MarathonConfig;
  readonly workspace: string;
  readonly clock: Clock;
  readonly mask: (secret: string) => void;
  readonly send: (request: Omit<HttpRequest, 'timeoutMs'>) => Promise<HttpAnswer>;
}

/** Reads the section's credentials; contacts nothing. Throws MARATHON_SETTINGS. */
export async function authorizationOf(options: LoginOptions): Promise<Authorization> {
  const { section, mask } = options;
  const { credentials } = section;
  if (credentials === undefined) return fixed(undefined, undefined);
  if ('token' in credentials) {
    mask(credentials.token);
    return fixed(`token=${credentials.token}`, credentials.token);
  }
  if ('basic' in credentials) {
    const { user, password } = credentials.basic;
    const encoded = Buffer.from(`${user}:${password}`).toString('base64');
    mask(password);
    mask(encoded);
    return fixed(`Basic ${encoded}`, undefined);
  }
  if ('user' in credentials) {
    mask(credentials.password);
    const body = { uid: credentials.user, password: credentials.password };
    return new Login(options, loginUrl(section, undefined), () => body);
  }
  const account = await readAccount(credentials['service-account'], options);
  const url = loginUrl(section, account.login_endpoint);
  return new Login(options, url, now => ({ uid: account.uid, token: signedLogin(account, now) }));
}

function fixed(header: string | undefined, token: string | undefined): Authorization {
  return { header: async () => header, token: async () => token, renew: () => false };
}

/** A token that is asked for when it is needed. */
class Login implements Authorization {
  private readonly options: LoginOptions;
  private readonly url: string;
  private readonly body: (now: number) => object;
  private readonly current: Renewable<string>;

  constructor(options: LoginOptions, url: string, body: (now: number) => object) {
    this.options = options;
    this.url = url;
    this.body = body;
    this.current = new Renewable(
      () => options.clock.now(),
      () => this.login(),
    );
  }

  async header(signal: AbortSignal): Promise<string> {
    return `token=${await this.token(signal)}`;
  }

  token(signal: AbortSignal): Promise<string> {
    return this.current.get(signal);
  }

  renew(): boolean {
    this.current.renew();
    return true;
  }

  private async login(): Promise<Lease<string>> {
    const { clock, mask, send } = this.options;
    const body = JSON.stringify(this.body(clock.now()));
    try {
      const headers = { 'Content-Type': 'application/json', Accept: 'application/json' };
      // Many wait for it, so it goes on when one of them stops.
      const signal = AbortSignal.timeout(LOGIN_MS);
      const answer = await send({ method: 'POST', url: this.url, headers, body, signal });
      const token = answer.status === 200 ? tokenIn(answer.text) : undefined;
      if (token === undefined)
        throw marathonFailure('CREDENTIALS', {
          reason: `${this.url} answered ${answer.status}, ${wordsOf(answer) || 'without a word'}`,
        });
      mask(token);
      return { value: token, renewAt: endOf(token, clock.now()) - AHEAD_MS };
    } catch (cause) {
      if (!(cause instanceof RequestFailed)) throw cause;
      throw marathonFailure('CREDENTIALS', { reason: cause.message.replace(/\.$/, '') }, { cause });
    }
  }
}

function tokenIn(text: string): string | undefined {
  try {
    const { token } = JSON.parse(text) as { token?: unknown };
    return typeof token === 'string' && token !== '' ? token : undefined;
  } catch {
    return undefined;
  }
}

/** When a JWT says that it ends; one that does not say so is asked for again after five days, which is DC/OS's default. */
function endOf(token: string, now: number): number {
  try {
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
      exp?: unknown;
    };
    if (typeof exp === 'number') return Math.max(exp * 1_000, now + AHEAD_MS + 1_000);
  } catch {
    // Not every token is a JWT: it is used until the server does not want it any more.
  }
  return now + 5 * 86_400_000;
}

interface Account {
  readonly uid: string;
  readonly private_key: string;
  readonly login_endpoint?: string;
}

/** The JSON of a service account's secret, as `dcos security secrets create-sa-secret` writes it. */
async function readAccount(given: string, { workspace, mask }: LoginOptions): Promise<Account> {
  const invalid = (reason: string, cause?: unknown) => marathonFailure('MARATHON_SETTINGS', { reason }, { cause });
  let text = given;
  try {
    if (!given.trim().startsWith('{')) text = await readFile(resolve(workspace, given), 'utf8');
    const account = JSON.parse(text) as Partial<Account>;
    if (typeof account.uid !== 'string' || typeof account.private_key !== 'string')
      throw invalid('credentials.service-account lacks uid or private_key');
    mask(account.private_key);
    return account as Account;
  } catch (cause) {
    if (cause instanceof SyntaxError) throw invalid('credentials.service-account is not JSON', cause);
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT')
      throw invalid(`credentials.service-account names the file ${given}, which does not exist`, cause);
    throw cause;
  }
}

/** The cluster's own login unless only the secret says where it is: its endpoint is an address inside the cluster. */
function loginUrl({ url }: MarathonConfig, endpoint: string | undefined): string {
  if (url !== undefined) return `${url}/acs/api/v1/auth/login`;
  if (endpoint !== undefined) return endpoint;
  throw marathonFailure('MARATHON_SETTINGS', { reason: 'a login needs marathon.url, the address of the cluster' });
}

/** The proof that we hold the account's private key: a JWT by RS256 that ends soon. */
function signedLogin({ uid, private_key: key }: Account, now: number): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ uid, exp: Math.floor(now / 1_000) + LOGIN_LIFE_S })}`;
  try {
    return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`;
  } catch (cause) {
    const reason = 'the private_key of credentials.service-account is no RSA key in PEM form';
    throw marathonFailure('MARATHON_SETTINGS', { reason }, { cause });
  }
}
