/** Where a question is put on GitHub: an issue of its own, or a comment on the pull request that the run is for. */
import type { Github, SeenPages } from '../../lib/github/client.js';
import { GithubProblem } from '../../lib/github/problem.js';
import type { Comment } from './verdicts.js';

export interface Place {
  /** What the record keeps: `issue/12`, or `pull/7/COMMENT`. */
  readonly reference: string;
  /** Such as `issue #12`. */
  readonly how: string;
  readonly link: string;
  /** Whether answers to other questions may stand here, too. */
  readonly isShared: boolean;
  comments(seen: SeenPages, signal: AbortSignal): Promise<readonly Comment[]>;
  close(result: string, approved: boolean, signal: AbortSignal): Promise<void>;
}

interface Issue {
  readonly number: number;
  readonly html_url: string;
  readonly state: string;
  readonly body?: string | null;
}

const ISSUES = 'issues: write';
const PULL_REQUESTS = 'pull-requests: write';
const LABEL = 'cutover';

/** Every reading of comments is complete: an answer may stand on any page. */
function commentsOf(github: Github, issue: number, needs: string) {
  const path = github.repo(`/issues/${issue}/comments`);
  return (seen: SeenPages, signal: AbortSignal) => github.all<Comment>(path, needs, seen, signal);
}

export interface Text {
  readonly body: string;
  /** Stands in the body: by it a question is found whose request was answered by nothing. */
  readonly nonce: string;
  /** Whether a request for it was sent already. */
  readonly mayBeThere: boolean;
}

/** Opens an issue, unless a lost request did so already. */
export async function openIssue(
  github: Github,
  text: Text & { readonly title: string },
  signal: AbortSignal,
): Promise<Place> {
  const mine = text.mayBeThere ? await findIssue(github, text.nonce, signal) : undefined;
  if (mine) return issuePlace(github, mine);
  const { title, body } = text;
  const wanted = {
    method: 'POST',
    path: github.repo('/issues'),
    body: { title, body, labels: [LABEL] },
    needs: ISSUES,
  } as const;
  return issuePlace(github, await github.once<Issue>(wanted, signal));
}

async function findIssue(github: Github, nonce: string, signal: AbortSignal): Promise<Issue | undefined> {
  const path = github.repo(`/issues?state=open&labels=${LABEL}`);
  const open = await github.all<Issue>(path, ISSUES, new Map(), signal);
  return open.find(({ body }) => body?.includes(nonce));
}

/** Writes the question below a pull request, unless a lost request did so already. */
export async function openComment(
  github: Github,
  pullRequest: number,
  text: Text,
  signal: AbortSignal,
): Promise<Place> {
  const read = commentsOf(github, pullRequest, PULL_REQUESTS);
  const there = text.mayBeThere ? await read(new Map(), signal) : [];
  const mine = there.find(({ body }) => body?.includes(text.nonce)) as (Comment & { html_url: string }) | undefined;
  if (mine) return commentPlace(github, pullRequest, mine);
  const path = github.repo(`/issues/${pullRequest}/comments`);
  const wanted = { method: 'POST', path, body: { body: text.body }, needs: PULL_REQUESTS } as const;
  return commentPlace(github, pullRequest, await github.once<Comment & { html_url: string }>(wanted, signal));
}

/** The place that an earlier run asked at; undefined when it is gone or was closed, so that it has to be asked anew. */
export async function findAgain(github: Github, reference: string, signal: AbortSignal): Promise<Place | undefined> {
  const [kind, number, comment] = reference.split('/');
  const get = <T>(path: string, needs: string) =>
    github.once<T>({ method: 'GET', path: github.repo(path), needs }, signal);
  try {
    if (kind === 'issue') {
      const issue = await get<Issue>(`/issues/${number}`, ISSUES);
      return issue.state === 'open' ? issuePlace(github, issue) : undefined;
    }
    const found = await get<Comment & { html_url: string }>(`/issues/comments/${comment}`, PULL_REQUESTS);
    return commentPlace(github, Number(number), found);
  } catch (thrown) {
    if (thrown instanceof GithubProblem && (thrown.status === 404 || thrown.status === 410)) return undefined;
    throw thrown;
  }
}

function issuePlace(github: Github, { number, html_url: link }: Issue): Place {
  return {
    reference: `issue/${number}`,
    how: `issue #${number}`,
    link,
    isShared: false,
    comments: commentsOf(github, number, ISSUES),
    async close(result, approved, signal) {
      const path = github.repo(`/issues/${number}`);
      await github.once({ method: 'POST', path: `${path}/comments`, body: { body: result }, needs: ISSUES }, signal);
      const state_reason = approved ? 'completed' : 'not_planned';
      await github.once({ method: 'PATCH', path, body: { state: 'closed', state_reason }, needs: ISSUES }, signal);
    },
  };
}

function commentPlace(github: Github, pullRequest: number, asked: Comment & { readonly html_url: string }): Place {
  const comments = commentsOf(github, pullRequest, PULL_REQUESTS);
  return {
    reference: `pull/${pullRequest}/${asked.id}`,
    how: `pull request #${pullRequest}`,
    link: asked.html_url,
    isShared: true,
    // What was written before the question is no answer to it.
    comments: async (seen, signal) => (await comments(seen, signal)).filter(({ id }) => id > asked.id),
    async close(result, _approved, signal) {
      const path = github.repo(`/issues/comments/${asked.id}`);
      const body = `${asked.body ?? ''}\n\n---\n\n${result}`;
      await github.once({ method: 'PATCH', path, body: { body }, needs: PULL_REQUESTS }, signal);
    },
  };
}
