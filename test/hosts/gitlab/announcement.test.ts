import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import type { AnnouncedRelease, Ended } from '../../../src/hosts/announcement.js';
import { announceOnGitlab, endAnnouncement } from '../../../src/hosts/gitlab-announcement.js';
import { systemClock } from '../../../src/lib/poll.js';
import type { Clock } from '../../../src/platforms/port.js';
import { until } from '../../gates/support.js';
import { worldOf } from '../world.js';

const SHA = '0123456789abcdef0123456789abcdef01234567';
const TOKEN = 'glpat-of-the-project';
const JOB_TOKEN = 'glcbt-of-the-job';

interface Status {
  readonly state: string;
  readonly name: string;
  readonly description: string;
  readonly target_url?: string;
  readonly pipeline_id?: number;
}

/** Of one commit: that of the merge request, and a newer one, which GitLab takes where none is named. */
const PIPELINES = [4, 5];

/**
 * As much of GitLab as a release speaks with: statuses of a commit, and notes of a merge request in pages. The token of a
 * job is taken by neither of the two APIs: docs.gitlab.com/ci/jobs/ci_job_token lists those that do.
 */
class GitlabServer implements AsyncDisposable {
  readonly statuses: Status[] = [];
  readonly notes: { id: number; body: string }[] = [];
  /** Answers that come before anything else is done. */
  readonly failures: { status: number; headers?: Record<string, string> }[] = [];
  /** Every request, as method and path. */
  readonly asked: string[] = [];
  readonly #server = createServer((request, response) => {
    void this.#answer(request).then(({ status, body, headers = {} }) => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    });
  });

  static async start(): Promise<GitlabServer> {
    const server = new GitlabServer();
    await new Promise<void>(resolve => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/api/v4`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise(resolve => this.#server.close(resolve));
  }

  async #answer(
    request: IncomingMessage,
  ): Promise<{ status: number; body: unknown; headers?: Record<string, string> }> {
    this.asked.push(`${request.method} ${request.url}`);
    const failure = this.failures.shift();
    if (failure) return { ...failure, body: { message: 'it is tired' } };
    if (request.headers['private-token'] !== TOKEN) return { status: 401, body: { message: '401 Unauthorized' } };
    const url = new URL(request.url ?? '/', 'http://gitlab');
    const text = (await request.toArray()).join('');
    const body = text ? JSON.parse(text) : undefined;
    const path = url.pathname.replace('/api/v4/projects/42', '');
    if (request.method === 'POST' && path === `/statuses/${SHA}`) return this.#status(body);
    const note = /^\/merge_requests\/7\/notes(?:\/(\d+))?$/.exec(path);
    if (!note) return { status: 404, body: { message: '404 Not Found' } };
    if (request.method === 'POST') this.notes.push({ id: this.notes.length + 1, body: body.body });
    const known = this.notes.find(({ id }) => id === Number(note[1]));
    if (request.method === 'PUT' && known) known.body = body.body;
    if (request.method !== 'GET') return { status: 200, body: known ?? this.notes.at(-1) };
    return this.#page(Number(url.searchParams.get('page')), Number(url.searchParams.get('per_page')));
  }

  #status(given: Status) {
    const status = { ...given, pipeline_id: given.pipeline_id ?? PIPELINES.at(-1) ?? 0 };
    if (!PIPELINES.includes(status.pipeline_id)) return { status: 404, body: { message: '404 Pipeline Not Found' } };
    const before = this.statuses.findLast(one => one.name === status.name && one.pipeline_id === status.pipeline_id);
    if (before?.state === status.state) {
      return { status: 400, body: { message: 'Cannot transition status via :run from :running' } };
    }
    this.statuses.push(status);
    return { status: 201, body: status };
  }

  #page(page: number, size: number) {
    const items = this.notes.slice((page - 1) * size, page * size);
    const hasNext = this.notes.length > page * size;
    return { status: 200, body: items, headers: { 'x-next-page': hasNext ? String(page + 1) : '' } };
  }
}

const ended = (result: Ended['result'], over: Partial<Ended> = {}): Ended => ({
  result,
  verb: 'run',
  next: undefined,
  sentence: `It ended as ${result}.`,
  ...over,
});

const releaseOf = (over: Partial<AnnouncedRelease> = {}): AnnouncedRelease => ({
  environment: 'staging',
  release: 'shop',
  version: '1.5.0',
  verb: 'run',
  liveUrl: 'https://shop.example',
  token: TOKEN,
  deployment: false,
  status: true,
  note: true,
  ...over,
});

/** Pauses are short; deadlines are what they are. */
const quick: Clock = { now: Date.now, sleep: (ms, signal) => systemClock.sleep(ms <= 7_000 ? 10 : ms, signal) };

function stageOf(gitlab: GitlabServer, environment: Record<string, string> = {}, summary = '## Live: shop-green') {
  const said: string[] = [];
  const state = new Map<string, string>();
  const silent = () => undefined;
  const say = (level: string) => (text: string) => void said.push(`${level}: ${text}`);
  const { world } = worldOf({
    CI_API_V4_URL: gitlab.url,
    CI_PROJECT_ID: '42',
    CI_COMMIT_SHA: SHA,
    CI_MERGE_REQUEST_IID: '7',
    CI_JOB_TOKEN: JOB_TOKEN,
    CI_PIPELINE_ID: '4',
    ...environment,
  });
  const log = {
    debug: silent,
    error: silent,
    waiting: silent,
    group: () => silent,
    info: say('info'),
    warning: say('warning'),
  };
  const run = { id: 'gitlab-1-2', actor: 'carol', link: 'https://gitlab.example/shop/-/jobs/2' };
  const host = {
    log,
    run,
    redact: (text: string) => text.replaceAll('hunter2', '***'),
    state: {
      save: (name: string, value: string) => void state.set(name, value),
      read: (name: string) => state.get(name) || undefined,
    },
  };
  return { stage: { host, world, clock: quick, summary: () => summary }, said, state };
}

describe('a release on GitLab', () => {
  test('is a status of the commit from the first second to the end, and a note in the merge request', async () => {
    await using gitlab = await GitlabServer.start();
    const { stage, said } = stageOf(gitlab);
    const announcement = announceOnGitlab(stage, releaseOf());
    await announcement?.end(ended('succeeded'));
    expect(gitlab.statuses).toMatchObject([
      { state: 'running', name: 'cutover/staging', target_url: 'https://gitlab.example/shop/-/jobs/2' },
      { state: 'success', description: 'It ended as succeeded.' },
    ]);
    expect(gitlab.notes.map(({ body }) => body)).toEqual([expect.stringContaining('## Live: shop-green')]);
    expect(said).toEqual([]);
  });

  test.each([
    ['rolled-back', {}, 'failed'],
    ['cancelled', {}, 'canceled'],
    ['waiting', { next: 'switch' }, 'pending'],
    ['waiting', { next: 'teardown' }, 'success'],
  ] as const)('that ends as %s %o leaves the status %s', async (result, over, state) => {
    await using gitlab = await GitlabServer.start();
    await announceOnGitlab(stageOf(gitlab).stage, releaseOf())?.end(ended(result, over));
    expect(gitlab.statuses.at(-1)?.state).toBe(state);
  });

  test('updates its note in place, on whatever page it is, and leaves others alone', async () => {
    await using gitlab = await GitlabServer.start();
    for (let id = 1; id <= 150; id++) gitlab.notes.push({ id, body: 'A person says something.' });
    await announceOnGitlab(stageOf(gitlab).stage, releaseOf())?.end(ended('failed'));
    await announceOnGitlab(stageOf(gitlab, {}, '## Second').stage, releaseOf())?.end(ended('succeeded'));
    expect(gitlab.notes).toHaveLength(151);
    expect(gitlab.notes.at(-1)?.body).toContain('## Second');
    await announceOnGitlab(stageOf(gitlab).stage, releaseOf({ environment: 'production' }))?.end(ended('succeeded'));
    expect(gitlab.notes).toHaveLength(152);
  });

  test('with the token of the job alone shows nothing, and tells what to give', async () => {
    await using gitlab = await GitlabServer.start();
    const { stage, said } = stageOf(gitlab);
    await announceOnGitlab(stage, releaseOf({ token: '' }))?.end(ended('succeeded'));
    expect([gitlab.notes, gitlab.statuses]).toEqual([[], []]);
    expect(said).toEqual([
      expect.stringMatching(/^info: The note .* give an access token with the scope `api` to the input gitlab-token/),
    ]);
  });

  test('is shown in its own pipeline, where a commit has several', async () => {
    await using gitlab = await GitlabServer.start();
    await announceOnGitlab(stageOf(gitlab).stage, releaseOf())?.end(ended('succeeded'));
    expect(gitlab.statuses.map(({ pipeline_id }) => pipeline_id)).toEqual([4, 4]);
  });

  test('is shown though GitLab fails for a moment, and asks for a moment of peace', async () => {
    await using gitlab = await GitlabServer.start();
    gitlab.failures.push({ status: 502 }, { status: 429, headers: { 'retry-after': '7' } });
    const { stage, said } = stageOf(gitlab);
    await announceOnGitlab(stage, releaseOf())?.end(ended('succeeded'));
    expect(gitlab.statuses.map(({ state }) => state)).toEqual(['running', 'success']);
    expect(said).toEqual([]);
  });

  test('that was killed is not running for ever: the after_script of its job ends it', async () => {
    await using gitlab = await GitlabServer.start();
    const { stage, state } = stageOf(gitlab);
    announceOnGitlab(stage, releaseOf());
    await until(() => gitlab.statuses.length === 1);
    const begun = state.get('cutover-announced') ?? '';
    expect(begun).not.toContain(TOKEN);
    const after = stageOf(gitlab);
    await endAnnouncement(after.stage, JSON.parse(begun), TOKEN, ended('cancelled', { verb: 'abort-if-unfinished' }));
    expect(gitlab.statuses.map(status => status.state)).toEqual(['running', 'canceled']);
  });

  test('that could not show its end is shown as it ended, by the after_script', async () => {
    await using gitlab = await GitlabServer.start();
    const { stage, state } = stageOf(gitlab);
    const announcement = announceOnGitlab(stage, releaseOf({ note: false }));
    await until(() => gitlab.statuses.length === 1);
    gitlab.failures.push({ status: 503 }, { status: 503 }, { status: 503 });
    await announcement?.end(ended('rolled-back'));
    const begun = JSON.parse(state.get('cutover-announced') ?? '');
    await endAnnouncement(stage, begun, TOKEN, ended('cancelled'));
    expect(gitlab.statuses.map(status => status.state)).toEqual(['running', 'failed']);
    expect(state.get('cutover-announced')).toBe('');
  });

  test.each([
    ['rollback', 'succeeded', false, 'failed'],
    ['rollback', 'unchanged', false, 'failed'],
    ['rollback', 'refused', true, 'success'],
    ['abort', 'succeeded', false, 'failed'],
    ['abort', 'unchanged', true, 'success'],
  ] as const)(
    'whose %s ended as %s leaves the status by whether its version is live: %s',
    async (verb, result, isLive, state) => {
      await using gitlab = await GitlabServer.start();
      await announceOnGitlab(stageOf(gitlab).stage, releaseOf({ verb }))?.end(ended(result, { verb, isLive }));
      expect(gitlab.statuses.at(-1)?.state).toBe(state);
    },
  );

  test('has a note that is cut between lines, with its code blocks closed', async () => {
    await using gitlab = await GitlabServer.start();
    const summary = `## Live\n\n\`\`\`text\n${'a line of what the pods said\n'.repeat(4_000)}\`\`\`\n`;
    await announceOnGitlab(stageOf(gitlab, {}, summary).stage, releaseOf())?.end(ended('failed'));
    const body = gitlab.notes[0]?.body ?? '';
    expect(body.match(/^```/gm)).toHaveLength(2);
    expect(body).toMatch(/\na line of what the pods said\n```\n\n_The rest was cut: .*\._$/);
    expect(Buffer.byteLength(body)).toBeLessThan(61_000);
  });

  test('says which token it takes when one is not enough, and goes on', async () => {
    await using gitlab = await GitlabServer.start();
    const { stage, said } = stageOf(gitlab);
    await announceOnGitlab(stage, releaseOf({ token: 'wrong' }))?.end(ended('succeeded'));
    expect(said.length).toBeGreaterThan(0);
    for (const sentence of said) expect(sentence).toMatch(/^warning: .* scope `api` and the role Developer/);
  });

  test('does not hang on a GitLab that is down, and tells no secret', async () => {
    await using gitlab = await GitlabServer.start();
    gitlab.failures.push({ status: 503 }, { status: 503 }, { status: 503 });
    const { stage, said } = stageOf(gitlab, {}, 'the password is hunter2');
    await announceOnGitlab(stage, releaseOf())?.end(ended('succeeded'));
    expect(said).toEqual([expect.stringMatching(/^warning: The status cutover\/staging .* answered 503/)]);
    expect(gitlab.notes[0]?.body).toContain('the password is ***');
  });

  test('writes no note outside of a merge request, and nothing outside of GitLab', async () => {
    await using gitlab = await GitlabServer.start();
    await announceOnGitlab(stageOf(gitlab, { CI_MERGE_REQUEST_IID: '' }).stage, releaseOf())?.end(ended('succeeded'));
    expect(gitlab.notes).toEqual([]);
    expect(announceOnGitlab(stageOf(gitlab, { CI_PROJECT_ID: '' }).stage, releaseOf())).toBeUndefined();
  });
});
