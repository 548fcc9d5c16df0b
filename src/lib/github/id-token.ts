/**
 * The OIDC token that GitHub gives to a job with the permission `id-token: write`, for the audience that is asked for.
 * It lives for minutes, so it is asked for when it is needed. Heavy to load (axios): import it from lazily loaded modules.
 */
import type { Clock } from '../../platforms/port.js';
import { type HttpAnswer, RequestFailed, request } from '../http.js';
import { plain } from '../inert.js';

const TIMEOUT_MS = 8_000;
const ATTEMPTS = 3;
const PAUSE_MS = 500;

/** No token was given; the message says why, without its full stop. */
export class IdTokenRefused extends Error {}

export interface IdTokenSettings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly mask: (secret: string) => void;
}

/** Asks the runner's token service; troubles that may pass by themselves are met a few times. Throws IdTokenRefused. */
export async function githubIdToken(
  audience: string,
  { environment, clock, mask }: IdTokenSettings,
  signal: AbortSignal,
): Promise<string> {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: address, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = environment;
  if (!address || !bearer) {
    throw new IdTokenRefused('GitHub offers none to this job (ACTIONS_ID_TOKEN_REQUEST_URL is not set)');
  }
  mask(bearer);
  const url = new URL(address);
  url.searchParams.set('audience', audience);
  for (let attempt = 1; ; attempt++) {
    const { token, reason, mayPass } = await ask(url.href, bearer, signal);
    if (token !== undefined) return token;
    if (!mayPass || attempt >= ATTEMPTS) throw new IdTokenRefused(reason);
    await clock.sleep(PAUSE_MS * attempt, signal);
  }
}

interface Asked {
  readonly token?: string;
  readonly reason: string;
  readonly mayPass: boolean;
}

async function ask(url: string, bearer: string, signal: AbortSignal): Promise<Asked> {
  try {
    const headers = { Accept: 'application/json', Authorization: `bearer ${bearer}` };
    const answer = await request({ method: 'GET', url, headers, timeoutMs: TIMEOUT_MS, signal });
    const token = answer.status === 200 ? tokenIn(answer) : undefined;
    if (token !== undefined) return { token, reason: '', mayPass: false };
    const reason = `GitHub's token service answered HTTP ${answer.status}: ${plain(answer.text, 200)}`;
    return { reason, mayPass: answer.status === 429 || answer.status >= 500 };
  } catch (thrown) {
    if (!(thrown instanceof RequestFailed)) throw thrown;
    return { reason: thrown.message.replace(/\.$/, ''), mayPass: true };
  }
}

/** `{"count": 1, "value": "..."}` */
function tokenIn({ text }: HttpAnswer): string | undefined {
  try {
    const { value } = JSON.parse(text) as { value?: unknown };
    return typeof value === 'string' && value !== '' ? value : undefined;
  } catch {
    return undefined; // whoever asked says what came instead
  }
}
