/** The token by which a job proves who it is: given as it is, held by a variable, or asked for at GitHub. */
import type { AssertionConfig } from '../../config/cloud-foundry-schema.js';
import { githubIdToken, IdTokenRefused } from '../../lib/github/id-token.js';
import type { Clock } from '../port.js';
import { cfFailure } from './failures.js';

export interface AssertionSettings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly mask: (secret: string) => void;
}

/**
 * Read anew for each login, since such tokens live for minutes, and masked before anybody sees it.
 * Throws NO_ID_TOKEN, and the signal's reason.
 */
export async function readAssertion(
  given: AssertionConfig,
  settings: AssertionSettings,
  signal: AbortSignal,
): Promise<string> {
  if (typeof given === 'string') return given;
  const token = 'variable' in given ? fromVariable(given.variable, settings) : await asked(given, settings, signal);
  settings.mask(token);
  return token;
}

function fromVariable(name: string, { environment }: AssertionSettings): string {
  const token = environment[name];
  if (token) return token;
  throw cfFailure('NO_ID_TOKEN', { reason: `the environment variable ${name} is not set` });
}

async function asked(
  { audience }: { readonly audience: string },
  settings: AssertionSettings,
  signal: AbortSignal,
): Promise<string> {
  try {
    return await githubIdToken(audience, settings, signal);
  } catch (cause) {
    if (!(cause instanceof IdTokenRefused)) throw cause;
    throw cfFailure('NO_ID_TOKEN', { reason: cause.message }, { cause });
  }
}
