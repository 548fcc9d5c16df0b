/** GitHub's REST API, as far as a release speaks with it. Heavy to load (axios): import it from lazily loaded modules. */
import type { Clock } from '../../platforms/port.js';
import { describeRequest, type HttpAnswer, RequestFailed, request } from '../http.js';
import { GithubProblem, problemOf } from './problem.js';

/** For one request. A release never hangs on it: what calls this has a deadline of its own around it. */
const TIMEOUT_MS = 10_000;
const PER_PAGE = 100;
/** A list longer than this is not read by any person either. */
const MAX_PAGES = 100;
/** Between two attempts, where GitHub does not say. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

export interface GithubSettings {
  /** GITHUB_API_URL: `https://api.github.com`, or that of an Enterprise server. */
  readonly apiUrl: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly token: string;
  readonly clock: Clock;
}

export interface GithubRequest {
  readonly method: 'GET' | 'POST' | 'PATCH';
  /** Below the API's URL, such as `/orgs/o/teams/t/members`. */
  readonly path: string;
  readonly body?: object;
  /** The permission that it takes, for the sentence that names it. */
  readonly needs: string;
}

/** A page as it was last seen, for conditional requests: an answer 304 does not count against the rate limit. */
interface SeenPage {
  readonly etag: string;
  readonly items: readonly unknown[];
  readonly isLast: boolean;
}
export type SeenPages = Map<string, SeenPage>;

export class Github {
  readonly #settings: GithubSettings;

  constructor(settings: GithubSettings) {
    this.#settings = settings;
  }

  /** `/repos/owner/name` and what follows. */
  repo(rest: string): string {
    return `/repos/${this.#settings.repository}${rest}`;
  }

  /** One request, once. Answers the parsed body. @throws GithubProblem, and the signal's reason. */
  async once<T>(wanted: GithubRequest, signal: AbortSignal): Promise<T> {
    const answer = await this.#send(wanted, {}, signal);
    return parsed<T>(answer, this.#describe(wanted));
  }

  /**
   * Repeats `work` until it succeeds or the signal aborts, as long as what goes wrong may pass by itself.
   * @throws GithubProblem for what will not pass, and the signal's reason.
   */
  async persistently<T>(work: () => Promise<T>, say: (sentence: string) => void, signal: AbortSignal): Promise<T> {
    for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
      try {
        return await work();
      } catch (thrown) {
        if (signal.aborted) throw signal.reason;
        if (!(thrown instanceof GithubProblem) || !thrown.passing) throw thrown;
        say(thrown.message);
        await this.#settings.clock.sleep(thrown.waitMs ?? pause, signal);
      }
    }
  }

  /** Every item of a list, all pages. `seen` makes the next reading conditional. @throws like `once`. */
  async all<T>(path: string, needs: string, seen: SeenPages, signal: AbortSignal): Promise<readonly T[]> {
    const items: T[] = [];
    for (let page = 1; page <= MAX_PAGES; page++) {
      const read = await this.#page(
        `${path}${path.includes('?') ? '&' : '?'}per_page=${PER_PAGE}&page=${page}`,
        needs,
        seen,
        signal,
      );
      items.push(...(read.items as readonly T[]));
      if (read.isLast) break;
    }
    return items;
  }

  async #page(path: string, needs: string, seen: SeenPages, signal: AbortSignal): Promise<SeenPage> {
    const wanted = { method: 'GET', path, needs } as const;
    const before = seen.get(path);
    const answer = await this.#send(wanted, before ? { 'If-None-Match': before.etag } : {}, signal);
    if (answer.status === 304 && before) return before;
    const items = parsed<unknown>(answer, this.#describe(wanted));
    if (!Array.isArray(items)) throw notUnderstood(this.#describe(wanted));
    // An answer 304 says nothing of pages that came since: behind a full page there is always one more look.
    const isLast = items.length < PER_PAGE && !/rel="next"/.test(answer.headers.link ?? '');
    const page = { etag: answer.headers.etag ?? '', items, isLast };
    if (page.etag === '') seen.delete(path);
    else seen.set(path, page);
    return page;
  }

  async #send(wanted: GithubRequest, headers: Record<string, string>, signal: AbortSignal): Promise<HttpAnswer> {
    const { token, clock } = this.#settings;
    const body = wanted.body === undefined ? undefined : JSON.stringify(wanted.body);
    const answer = await request({
      method: wanted.method,
      url: this.#url(wanted),
      headers: {
        Accept: 'application/vnd.github+json',
        Authorization: `Bearer ${token}`,
        'X-GitHub-Api-Version': '2022-11-28',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...headers,
      },
      body,
      timeoutMs: TIMEOUT_MS,
      maxBytes: 16 * 1024 * 1024,
      signal,
    }).catch((thrown: unknown) => {
      if (!(thrown instanceof RequestFailed)) throw thrown;
      throw new GithubProblem(thrown.message, { passing: thrown.kind !== 'tls', cause: thrown });
    });
    if ((answer.status >= 200 && answer.status < 300) || answer.status === 304) return answer;
    throw problemOf(answer, this.#describe(wanted), wanted.needs, clock.now());
  }

  #url({ path }: GithubRequest): string {
    return `${this.#settings.apiUrl}${path}`;
  }

  #describe(wanted: GithubRequest): string {
    return describeRequest(wanted.method, this.#url(wanted));
  }
}

function parsed<T>({ text }: HttpAnswer, what: string): T {
  try {
    return JSON.parse(text) as T;
  } catch {
    throw notUnderstood(what);
  }
}

/** Half an answer, or the page of a proxy in between: the next one may be whole. */
function notUnderstood(what: string): GithubProblem {
  return new GithubProblem(`${what} was answered with something that is not GitHub's JSON.`, { passing: true });
}
