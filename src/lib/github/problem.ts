/** What GitHub's API said instead of yes: whether it may pass by itself, and if not, what a person has to change. */
import { plain } from '../inert.js';

/** An answer that is no success; the message is a whole sentence. */
export class GithubProblem extends Error {
  /** Undefined when no answer came. */
  readonly status: number | undefined;
  /** Whether the same request may be answered later: the network, a limit, an error of the server. */
  readonly passing: boolean;
  /** How long GitHub asked to wait; undefined when it did not say. */
  readonly waitMs: number | undefined;

  constructor(
    message: string,
    facts: { status?: number; passing: boolean; waitMs?: number | undefined; cause?: unknown },
  ) {
    super(message, facts.cause === undefined ? {} : { cause: facts.cause });
    this.name = 'GithubProblem';
    this.status = facts.status;
    this.passing = facts.passing;
    this.waitMs = facts.waitMs;
  }
}

export interface RefusedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** GitHub asks to wait at least a minute after a secondary limit that names no time. */
const SECONDARY_LIMIT_MS = 60_000;

/**
 * @param what the request, such as `POST https://api.github.com/repos/o/r/issues`
 * @param needs the permission of a token that the request takes, such as `issues: write`
 */
export function problemOf(answer: RefusedAnswer, what: string, needs: string, now: number): GithubProblem {
  const { status } = answer;
  const said = messageOf(answer.text);
  const words = said === '' ? '' : `: ${said}`;
  const waitMs = waitOf(answer, said, now);
  if (waitMs !== undefined) {
    return new GithubProblem(`${what} was put off by GitHub's rate limit (${status}${words}).`, {
      status,
      passing: true,
      waitMs,
    });
  }
  if (status >= 500 || status === 429 || status === 408) {
    return new GithubProblem(`${what} answered ${status}${words}.`, { status, passing: true });
  }
  return new GithubProblem(`${what} answered ${status}${words}. ${advice(status, needs)}`, { status, passing: false });
}

/** GitHub answers 404 where a token may not even know that something exists. */
function advice(status: number, needs: string): string {
  switch (status) {
    case 401:
      return 'The token of the input github-token is not valid, or has expired.';
    case 403:
      return `The token of the input github-token lacks a permission: add \`${needs}\`.`;
    case 404:
      return `Either it does not exist, or the token of the input github-token lacks a permission: \`${needs}\`.`;
    case 410:
      return 'Issues are switched off in this repository; switch them on, or choose another way of approval.';
    default:
      return 'GitHub does not accept this request; its own words say why.';
  }
}

function messageOf(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    return typeof message === 'string' ? plain(message, 200).replace(/\.$/, '') : '';
  } catch {
    return '';
  }
}

/** How long to wait after a rate limit; undefined when the answer is none. */
function waitOf({ status, headers }: RefusedAnswer, said: string, now: number): number | undefined {
  if (status !== 403 && status !== 429 && status !== 503) return undefined;
  const seconds = Number(headers['retry-after']);
  if (headers['retry-after'] !== undefined && Number.isFinite(seconds)) return Math.max(0, seconds * 1_000);
  const reset = Number(headers['x-ratelimit-reset']);
  if (headers['x-ratelimit-remaining'] === '0' && Number.isFinite(reset)) return Math.max(0, reset * 1_000 - now);
  return /secondary rate limit|abuse detection/i.test(said) ? SECONDARY_LIMIT_MS : undefined;
}
