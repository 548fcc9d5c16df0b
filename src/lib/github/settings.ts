/** Where GitHub is, and what it knows us by. */
import type { Clock } from '../../platforms/port.js';
import type { GithubSettings } from './client.js';

const PUBLIC_API = 'https://api.github.com';

/** Undefined without a repository or a token. GITHUB_API_URL is that of an Enterprise server, where the runner says so. */
export function githubSettings(
  token: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): GithubSettings | undefined {
  const { GITHUB_REPOSITORY: repository, GITHUB_API_URL: apiUrl } = environment;
  if (!token || !repository) return undefined;
  return { apiUrl: (apiUrl || PUBLIC_API).replace(/\/+$/, ''), repository, token, clock };
}
