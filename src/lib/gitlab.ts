/** GitLab's REST API, as far as a release speaks with it. Heavy to load (axios): import it from lazily loaded modules. */
import { describeRequest, type HttpAnswer, RequestFailed, request } from './http.js';
import { plain } from './inert.js';

/** For one request. A release never hangs on it: what calls this has a deadline of its own around it. */
const TIMEOUT_MS = 10_000;
const PER_PAGE = 100;
/** A list longer than this is not read by any person either. */
const MAX_PAGES = 50;

export interface GitlabSettings {
  /** CI_API_V4_URL: such as `https://gitlab.example/api/v4`. */
  readonly apiUrl: string;
  /** CI_PROJECT_ID. */
  readonly project: string;
  readonly token: string;
  /** Whether the token is the job's own, which goes by another header and may do less. */
  readonly isJobToken: boolean;
}

/** An answer of GitLab that is no success, or none; the message is a whole sentence. */
export class GitlabProblem extends Error {
  /** Whether the same request may be answered later. */
  readonly passing: boolean;
  /** How long GitLab asked to wait, in milliseconds; undefined when it did not say. */
  readonly waitMs: number | undefined;

  constructor(message: string, facts: { passing: boolean; waitMs?: number | undefined; cause?: unknown }) {
    super(message, facts.cause === undefined ? {} : { cause: facts.cause });
    this.name = 'GitlabProblem';
    this.passing = facts.passing;
    this.waitMs = facts.waitMs;
  }
}

export class Gitlab {
  readonly #settings: GitlabSettings;

  constructor(settings: GitlabSettings) {
    this.#settings = settings;
  }

  /** One request below the project, such as `POST /statuses/SHA`, once. @throws GitlabProblem, and the signal's reason. */
  async once<T>(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    body: object | undefined,
    signal: AbortSignal,
  ): Promise<T> {
    return read<T>(await this.#send(method, path, body, signal), method, path);
  }

  /** Every item of a list, all pages. @throws like `once`. */
  async all<T>(path: string, signal: AbortSignal): Promise<readonly T[]> {
    const items: T[] = [];
    for (let page = 1; page <= MAX_PAGES; page++) {
      const paged = `${path}${path.includes('?') ? '&' : '?'}per_page=${PER_PAGE}&page=${page}`;
      const answer = await this.#send('GET', paged, undefined, signal);
      items.push(...read<readonly T[]>(answer, 'GET', path));
      if (!answer.headers['x-next-page']) break;
    }
    return items;
  }

  async #send(method: string, path: string, body: object | undefined, signal: AbortSignal): Promise<HttpAnswer> {
    const { apiUrl, project, token, isJobToken } = this.#settings;
    const url = `${apiUrl}/projects/${encodeURIComponent(project)}${path}`;
    const answer = await request({
      method,
      url,
      headers: {
        Accept: 'application/json',
        [isJobToken ? 'JOB-TOKEN' : 'PRIVATE-TOKEN']: token,
        ...(body ? { 'Content-Type': 'application/json' } : {}),
      },
      body: body && JSON.stringify(body),
      timeoutMs: TIMEOUT_MS,
      maxBytes: 16 * 1024 * 1024,
      signal,
    }).catch((thrown: unknown) => {
      if (!(thrown instanceof RequestFailed)) throw thrown;
      throw new GitlabProblem(thrown.message, { passing: thrown.kind !== 'tls', cause: thrown });
    });
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw problemOf(answer, describeRequest(method, url), isJobToken);
  }
}

function problemOf({ status, headers, text }: HttpAnswer, what: string, isJobToken: boolean): GitlabProblem {
  const words = plain(text, 200);
  const said = `${what} answered ${status}${words ? `: ${words}` : ''}.`;
  if (status >= 500 || status === 429 || status === 408) {
    const seconds = Number(headers['retry-after'] || Number.NaN);
    return new GitlabProblem(said, { passing: true, waitMs: seconds >= 0 ? seconds * 1_000 : undefined });
  }
  if (![401, 403, 404].includes(status)) return new GitlabProblem(said, { passing: false });
  const advice = isJobToken
    ? "The job's own token may not do that here: give an access token with the scope `api` to the input gitlab-token."
    : 'The token of the input gitlab-token needs the scope `api` and the role Developer in this project.';
  return new GitlabProblem(`${said} ${advice}`, { passing: false });
}

function read<T>({ text }: HttpAnswer, method: string, path: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    const what = `${method} ${path} was answered with something that is not GitLab's JSON.`;
    throw new GitlabProblem(what, { passing: true, cause });
  }
}
