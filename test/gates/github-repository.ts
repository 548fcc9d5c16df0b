/** A repository of GitHub and the teams of its organization: what is in it, and what each request does to it. */

export interface Comment {
  id: number;
  issue: number;
  body: string;
  created_at: string;
  updated_at: string;
  user: { login: string; type: string };
}

export interface Issue {
  number: number;
  title: string;
  body: string;
  state: 'open' | 'closed';
  state_reason: string | null;
  labels: string[];
}

export interface Deployment {
  id: number;
  ref: string;
  environment: string;
  payload: unknown;
  statuses: Record<string, unknown>[];
}

export interface Status {
  sha: string;
  state: string;
  context: string;
  description?: string;
  target_url?: string;
}

type Permission = 'issues' | 'pull-requests' | 'deployments' | 'statuses' | 'members';

export const REPOSITORY = 'example/shop';

export class GithubRepository {
  readonly issues: Issue[] = [];
  readonly comments: Comment[] = [];
  readonly deployments: Deployment[] = [];
  readonly statuses: Status[] = [];
  readonly teams = new Map<string, string[]>();
  /** Scopes that the token lacks. */
  readonly lacks = new Set<Permission>();
  readonly switchedOff = new Set<'issues'>();
  #next = 100;

  say(issue: number, login: string, body: string, more: Partial<Comment> = {}): Comment {
    const now = new Date().toISOString();
    const comment = {
      id: ++this.#next,
      issue,
      body,
      created_at: now,
      updated_at: now,
      user: { login, type: 'User' },
      ...more,
    };
    this.comments.push(comment);
    return comment;
  }

  /** Undefined: GitHub has no such route. */
  protected route(method: string, path: string, query: URLSearchParams, body: Fields): Answer | undefined {
    const inRepo = path.startsWith(`/repos/${REPOSITORY}/`) ? path.slice(`/repos/${REPOSITORY}`.length) : undefined;
    const team = /^\/orgs\/([^/]+)\/teams\/([^/]+)\/members$/.exec(path);
    if (method === 'GET' && team) return this.#team(`${team[1]}/${team[2]}`);
    if (inRepo === undefined) return undefined;
    return (
      this.#issues(method, inRepo, query, body) ??
      this.#deployments(method, inRepo, query, body) ??
      this.#status(method, inRepo, body)
    );
  }

  /** GitHub does not say whether a team exists to a token that may not know. */
  #team(name: string): Answer {
    const members = this.lacks.has('members') ? undefined : this.teams.get(name);
    return members ? ok(members.map(login => ({ login, type: 'User' }))) : notFound();
  }

  #issues(method: string, path: string, query: URLSearchParams, body: Fields): Answer | undefined {
    const [, number, rest] = /^\/issues(?:\/(\d+))?(\/comments)?$/.exec(path) ?? [];
    const comment = /^\/issues\/comments\/(\d+)$/.exec(path);
    if (comment) return this.#comment(method, Number(comment[1]), body);
    if (!/^\/issues(\/\d+)?(\/comments)?$/.test(path)) return undefined;
    const isPull = number === '7';
    if (this.lacks.has(isPull ? 'pull-requests' : 'issues') && method !== 'GET') return forbidden();
    if (this.switchedOff.has('issues') && !isPull)
      return { status: 410, value: { message: 'Issues has been disabled in this repository.' } };
    if (number === undefined && method === 'GET') {
      const label = query.get('labels');
      return ok(
        this.issues
          .filter(one => one.state === (query.get('state') ?? 'open') && (!label || one.labels.includes(label)))
          .map(shown),
      );
    }
    if (number === undefined && method === 'POST') return this.#open(body);
    const issue = this.issues.find(one => one.number === Number(number));
    if (!issue && !isPull) return notFound();
    if (rest && method === 'GET') return ok(this.comments.filter(one => one.issue === Number(number)).map(told));
    if (rest && method === 'POST')
      return created(told(this.say(Number(number), 'github-actions[bot]', String(body.body))));
    if (method === 'GET' && issue) return ok(shown(issue));
    if (method === 'PATCH' && issue) return ok(shown(Object.assign(issue, body)));
    return undefined;
  }

  #open({ title, body, labels = [] }: Fields): Answer {
    if (typeof title !== 'string' || title.length > 256)
      return invalid('title is too long (maximum is 256 characters)');
    if (String(body).length > 65_536) return invalid('body is too long (maximum is 65536 characters)');
    const issue = {
      number: this.issues.length + 12,
      title,
      body: String(body),
      state: 'open' as const,
      state_reason: null,
      labels: labels as string[],
    };
    this.issues.push(issue);
    return created(shown(issue));
  }

  #comment(method: string, id: number, { body }: Fields): Answer | undefined {
    const comment = this.comments.find(one => one.id === id);
    if (!comment) return notFound();
    if (method === 'GET') return ok(told(comment));
    if (method !== 'PATCH') return undefined;
    return ok(told(Object.assign(comment, { body, updated_at: new Date(Date.now() + 1_000).toISOString() })));
  }

  #deployments(method: string, path: string, query: URLSearchParams, body: Fields): Answer | undefined {
    const [match, id] = /^\/deployments(?:\/(\d+)\/statuses)?$/.exec(path) ?? [];
    if (match === undefined) return undefined;
    if (this.lacks.has('deployments')) return forbidden();
    if (id === undefined && method === 'GET')
      return ok(
        this.deployments
          .filter(one => one.environment === query.get('environment'))
          .reverse()
          .map(announced),
      );
    if (id === undefined && method === 'POST') return this.#deploy(body);
    const deployment = this.deployments.find(one => one.id === Number(id));
    if (!deployment) return notFound();
    if (method === 'GET') return ok([...deployment.statuses].reverse());
    const { state, description = '' } = body;
    if (!['error', 'failure', 'inactive', 'in_progress', 'queued', 'pending', 'success'].includes(String(state)))
      return invalid('state is not included in the list');
    if (String(description).length > 140) return invalid('description is too long (maximum is 140 characters)');
    const made = { id: ++this.#next, ...body };
    deployment.statuses.push(made);
    return created(made);
  }

  #deploy(body: Fields): Answer {
    const { ref, environment, required_contexts, auto_merge } = body;
    if (typeof ref !== 'string' || ref === '') return invalid('ref is missing');
    // By default GitHub merges the default branch into the ref, and refuses while any check of the commit is not green.
    if (auto_merge !== false || !Array.isArray(required_contexts))
      return { status: 409, value: { message: 'Conflict: Commit status checks failed for it.' } };
    const deployment = {
      id: ++this.#next,
      ref,
      environment: String(environment),
      payload: body.payload ?? {},
      statuses: [],
    };
    this.deployments.push(deployment);
    return created(announced(deployment));
  }

  #status(method: string, path: string, body: Fields): Answer | undefined {
    const [, sha] = /^\/statuses\/([0-9a-f]{40})$/.exec(path) ?? [];
    if (!sha || method !== 'POST') return undefined;
    if (this.lacks.has('statuses')) return forbidden();
    if (!['error', 'failure', 'pending', 'success'].includes(String(body.state)))
      return invalid('state is not included in the list');
    if (String(body.description ?? '').length > 140)
      return invalid('description is too long (maximum is 140 characters)');
    this.statuses.push({ sha, ...(body as object) } as Status);
    return created({ id: ++this.#next, ...body });
  }
}

export type Fields = Readonly<Record<string, unknown>>;
export interface Answer {
  readonly status: number;
  readonly value: unknown;
}

const ok = (value: unknown): Answer => ({ status: 200, value });
const created = (value: unknown): Answer => ({ status: 201, value });
const notFound = (): Answer => ({ status: 404, value: { message: 'Not Found', status: '404' } });
const forbidden = (): Answer => ({
  status: 403,
  value: { message: 'Resource not accessible by integration', status: '403' },
});
const invalid = (message: string): Answer => ({
  status: 422,
  value: { message: `Validation Failed: ${message}`, errors: [{ message }] },
});

function announced({ statuses: _, ...deployment }: Deployment) {
  return deployment;
}

function shown(issue: Issue) {
  return {
    ...issue,
    html_url: `https://github.example/${REPOSITORY}/issues/${issue.number}`,
    labels: issue.labels.map(name => ({ name })),
  };
}

function told({ issue, ...comment }: Comment) {
  return { ...comment, html_url: `https://github.example/${REPOSITORY}/issues/${issue}#issuecomment-${comment.id}` };
}
