/** Who we are to a foundation: a token of its UAA, asked for when it is needed and renewed before it ends. */
import type { AssertionConfig, CloudFoundryCredentials } from '../../config/cloud-foundry-schema.js';
import { type HttpAnswer, type HttpRequest, RequestFailed } from '../../lib/http.js';
import { plain } from '../../lib/inert.js';
import { type Lease, Renewable } from '../../lib/wire/renewable.js';
import type { Clock } from '../port.js';
import { readAssertion } from './assertion.js';
import { cfFailure, hasCode } from './failures.js';

/** A token is renewed so long before its end that no request begins with one that ends under way; of short ones a third. */
const AHEAD_MS = 60_000;
const LOGIN_MS = 30_000;
const BEARER = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const JWT_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

export interface Authorization {
  /** The value of the header. Throws LOGIN_REFUSED, NO_ID_TOKEN and UNREACHABLE. */
  header(signal: AbortSignal): Promise<string>;
  /** After an answer of 401 to this header: the next request asks for a fresh token. False where that changes nothing. */
  renew(refused: string): boolean;
}

export interface LoginOptions {
  readonly credentials: CloudFoundryCredentials;
  readonly clock: Clock;
  readonly mask: (secret: string) => void;
  readonly send: (request: HttpRequest) => Promise<HttpAnswer>;
  /** What the job was started with: it may hold, or lead to, a token that says who the job is. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where tokens are given out: the API's root says so, so it is asked when the first one is needed. */
  readonly server: () => Promise<string>;
}

export function authorizationOf(options: LoginOptions): Authorization {
  const { credentials, mask } = options;
  for (const secret of secretsOf(credentials)) mask(secret);
  if (!('token' in credentials)) return new Login(options, credentials);
  const given = credentials.token;
  // `cf oauth-token` prints it with the word, and Korifi's client certificates have a word of their own.
  const header = /^(bearer|clientcert) /i.test(given) ? given : `bearer ${given}`;
  return { header: async () => header, renew: () => false };
}

type LoginCredentials = Exclude<CloudFoundryCredentials, { token: string }>;

/** Those that the configuration itself holds. */
function secretsOf(credentials: CloudFoundryCredentials): readonly string[] {
  if ('token' in credentials) return [credentials.token];
  if ('password' in credentials) return [credentials.password];
  const assertion = assertionOf(credentials);
  const secret = 'secret' in credentials ? credentials.secret : '';
  return [secret, typeof assertion === 'string' ? assertion : ''].filter(text => text !== '');
}

function assertionOf(credentials: LoginCredentials): AssertionConfig | undefined {
  if ('jwt-bearer' in credentials) return credentials['jwt-bearer'];
  return 'assertion' in credentials ? credentials.assertion : undefined;
}

function isFetched(assertion: AssertionConfig | undefined): boolean {
  return typeof assertion === 'object' && 'audience' in assertion;
}

/** How a token is asked for. */
interface LoginForm {
  readonly form: Readonly<Record<string, string>>;
  /** Client and secret for the header; undefined where the form holds them. */
  readonly basic: readonly [string, string] | undefined;
  /** Behind the address, such as `?login_hint=...`. */
  readonly query: string;
}

/** For the first time. `assertion` is the JWT of credentials that have one. */
function loginOf(credentials: LoginCredentials, assertion: string): LoginForm {
  const basic = basicOf(credentials);
  if ('user' in credentials) {
    const { user, password, origin } = credentials;
    const query = origin === undefined ? '' : `?login_hint=${encodeURIComponent(JSON.stringify({ origin }))}`;
    return { form: { grant_type: 'password', username: user, password }, basic, query };
  }
  if ('jwt-bearer' in credentials) return { form: { grant_type: JWT_GRANT, assertion }, basic, query: '' };
  const proof =
    'assertion' in credentials
      ? { client_assertion: assertion, client_assertion_type: BEARER }
      : { client_secret: credentials.secret };
  return { form: { grant_type: 'client_credentials', client_id: credentials.client, ...proof }, basic, query: '' };
}

function basicOf(credentials: LoginCredentials): LoginForm['basic'] {
  if ('user' in credentials) return ['cf', ''];
  return 'jwt-bearer' in credentials ? [credentials.client, credentials.secret] : undefined;
}

interface Token {
  readonly text: string;
  readonly refresh: string | undefined;
}

/** A token that is asked for when it is needed. */
class Login implements Authorization {
  private readonly options: LoginOptions;
  private readonly credentials: LoginCredentials;
  private readonly current: Renewable<Token>;
  /** Once refused, always refused: an account is locked after a few attempts. */
  private refused: unknown;

  constructor(options: LoginOptions, credentials: LoginCredentials) {
    this.options = options;
    this.credentials = credentials;
    this.current = new Renewable(
      () => options.clock.now(),
      last => this.next(last?.refresh),
    );
  }

  async header(signal: AbortSignal): Promise<string> {
    return headerOf(await this.current.get(signal));
  }

  /** Of requests that are refused together the first one makes the token stale; the others find the new one. */
  renew(refused: string): boolean {
    this.current.renew(token => headerOf(token) === refused);
    return true;
  }

  /**
   * By the refresh token where there is one, and by the credentials where that is not taken any more. Whose proof can be
   * had anew proves itself each time, so that a job that is shut out is out with the next token.
   */
  private async next(refresh: string | undefined): Promise<Lease<Token>> {
    if (refresh === undefined || isFetched(assertionOf(this.credentials))) return this.begin();
    const form = { grant_type: 'refresh_token', refresh_token: refresh };
    try {
      return await this.ask({ form, basic: basicOf(this.credentials), query: '' });
    } catch {
      return this.begin();
    }
  }

  private async begin(): Promise<Lease<Token>> {
    if (this.refused !== undefined) throw this.refused;
    try {
      return await this.ask(loginOf(this.credentials, await this.assertion()));
    } catch (error) {
      if (hasCode(error, 'LOGIN_REFUSED')) this.refused = error;
      throw error;
    }
  }

  private async assertion(): Promise<string> {
    const given = assertionOf(this.credentials);
    return given === undefined ? '' : readAssertion(given, this.options, AbortSignal.timeout(LOGIN_MS));
  }

  private async ask({ form, basic, query }: LoginForm): Promise<Lease<Token>> {
    const { clock, mask, send, server } = this.options;
    const uaa = await server();
    const encoded = basic && Buffer.from(basic.map(encodeURIComponent).join(':')).toString('base64');
    try {
      const answer = await send({
        method: 'POST',
        url: `${uaa}/oauth/token${query}`,
        headers: {
          Accept: 'application/json',
          'Content-Type': 'application/x-www-form-urlencoded',
          ...(encoded ? { Authorization: `Basic ${encoded}` } : {}),
        },
        body: new URLSearchParams(form).toString(),
        timeoutMs: LOGIN_MS,
        // Many wait for it, so it goes on when one of them stops.
        signal: AbortSignal.timeout(LOGIN_MS),
      });
      return tokenOf(answer, uaa, clock.now(), mask);
    } catch (cause) {
      if (!(cause instanceof RequestFailed)) throw cause;
      const reason = cause.message.replace(/\.$/, '');
      throw cfFailure('UNREACHABLE', { server: uaa, reason, what: 'log in' }, { cause });
    }
  }
}

function headerOf({ text }: Token): string {
  return `bearer ${text}`;
}

function tokenOf(
  { status, text }: HttpAnswer,
  server: string,
  now: number,
  mask: (secret: string) => void,
): Lease<Token> {
  const body = parse(text);
  const { access_token: token, refresh_token: refresh, expires_in: seconds = 600 } = body;
  if (status !== 200 || typeof token !== 'string') {
    const words = plain(String(body.error_description ?? body.error ?? `HTTP ${status}`), 200);
    throw cfFailure('LOGIN_REFUSED', { server, words });
  }
  mask(token);
  if (typeof refresh === 'string') mask(refresh);
  const life = Number(seconds) * 1_000;
  const renewAt = now + life - Math.min(AHEAD_MS, life / 3);
  return { value: { text: token, refresh: typeof refresh === 'string' ? refresh : undefined }, renewAt };
}

function parse(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {}; // whoever asked says what came instead
  }
}
