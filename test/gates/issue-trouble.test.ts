import { describe, expect, test } from '@jest/globals';
import { askOnGithub } from '../../src/gates/issue/index.js';
import { decisionOf } from './asking.js';
import { GithubServer } from './github-server.js';
import { decided, questionOf, soon, toolsFor, until } from './support.js';

describe('with GitHub as it is', () => {
  test('every page of comments and of team members is read', async () => {
    await using github = await GithubServer.start();
    github.pageSize = 10;
    github.teams.set('acme/managers', [...Array.from({ length: 25 }, (_, at) => `member${at}`), 'zoe']);
    const { decision } = await decisionOf(github, { approvers: ['acme/managers'] }, issue => {
      for (let at = 0; at < 45; at++) github.say(issue, 'bob', `chatter ${at}`);
      github.say(issue, 'zoe', 'approve');
    });
    expect(decision).toEqual({ decision: 'approved', by: ['zoe'] });
  });

  test('an answer on a page that did not exist at the last look is read: the page before it answers 304', async () => {
    await using github = await GithubServer.start();
    const { tools } = toolsFor(github);
    const open = await askOnGithub(questionOf(), tools, soon());
    for (let at = 0; at < 100; at++) github.say(12, 'bob', `chatter ${at}`);
    expect(await open.look(soon())).toContain('waiting for 1 more approval');
    github.say(12, 'alice', 'approve');
    expect(await open.look(soon())).toEqual({ decision: 'approved', by: ['alice'] });
  });

  test('polling is conditional: while nothing is said, answers are 304', async () => {
    await using github = await GithubServer.start();
    const { tools } = toolsFor(github);
    const open = await askOnGithub(questionOf(), tools, soon());
    const deciding = decided(open, tools);
    await until(() => github.count(/GET .*\/issues\/12\/comments/) >= 5);
    const looks = github.requests.filter(({ path }) => path.includes('/issues/12/comments'));
    expect(looks.slice(1).map(({ status }) => status)).toEqual(looks.slice(1).map(() => 304));
    github.say(12, 'alice', 'deny');
    expect((await deciding).decision).toBe('denied');
  });

  test.each([
    ['5xx', { status: 502 }],
    [
      'the primary rate limit',
      {
        status: 403,
        message: 'API rate limit exceeded',
        headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' },
      },
    ],
    ['Retry-After', { status: 429, headers: { 'retry-after': '0' } }],
    [
      'a secondary limit',
      { status: 403, message: 'You have exceeded a secondary rate limit.', headers: { 'retry-after': '0' } },
    ],
  ])('%s passes by, and is asked again', async (_name, trouble) => {
    await using github = await GithubServer.start();
    const { tools } = toolsFor(github, {}, { clock: { now: Date.now, sleep: async () => undefined } });
    github.troubles.push(
      { match: /POST .*\/issues$/, trouble },
      { match: /GET .*comments/, trouble },
      { match: /GET .*comments/, trouble },
    );
    const open = await askOnGithub(questionOf(), tools, soon());
    github.say(12, 'alice', 'approve');
    expect(await decided(open, tools)).toEqual({ decision: 'approved', by: ['alice'] });
    expect(github.issues).toHaveLength(1);
  });

  test('waits as long as GitHub asks it to', async () => {
    await using github = await GithubServer.start();
    const slept: number[] = [];
    const clock = { now: Date.now, sleep: async (ms: number) => void slept.push(ms) };
    github.troubles.push({ match: /POST .*\/issues$/, trouble: { status: 429, headers: { 'retry-after': '42' } } });
    await askOnGithub(questionOf(), toolsFor(github, {}, { clock }).tools, soon());
    expect(slept).toEqual([42_000]);
  });

  test('an issue whose answer was lost is found again, not opened twice', async () => {
    await using github = await GithubServer.start();
    github.troubles.push({ match: /POST .*\/issues$/, trouble: { status: 201, after: true } });
    const { tools } = toolsFor(github, {}, { clock: { now: Date.now, sleep: async () => undefined } });
    expect((await askOnGithub(questionOf(), tools, soon())).reference).toBe('issue/12');
    expect(github.issues).toHaveLength(1);
  });

  test('errors last until the deadline of the gate, not longer', async () => {
    await using github = await GithubServer.start();
    const { tools } = toolsFor(github);
    const open = await askOnGithub(questionOf(), tools, soon());
    github.troubles.push({ match: /comments/, trouble: { status: 500 }, always: true });
    const began = Date.now();
    await expect(decided(open, tools, soon(300))).rejects.toMatchObject({
      code: 'GATE_BROKEN',
      message: expect.stringContaining('500'),
    });
    expect(Date.now() - began).toBeLessThan(2_000);
  });

  test('a question that GitHub never took says why', async () => {
    await using github = await GithubServer.start();
    github.troubles.push({ match: /POST .*\/issues$/, trouble: { status: 502 }, always: true });
    await expect(askOnGithub(questionOf(), toolsFor(github).tools, soon(300))).rejects.toMatchObject({
      code: 'GATE_BROKEN',
      message: expect.stringContaining('502'),
    });
  });

  test('approvers who cannot be enough, since one of them started the run, are told so before anybody waits', async () => {
    await using github = await GithubServer.start();
    const { tools } = toolsFor(github, { approvers: ['Carol', '@alice'], required: 2 });
    await expect(askOnGithub(questionOf(), tools, soon())).rejects.toMatchObject({
      code: 'GATE_BROKEN',
      message: expect.stringContaining('carol started it, which leaves 1'),
    });
    expect(github.issues).toEqual([]);
  });

  test.each([
    ['issues', 'issues: write', {}],
    ['members', 'members: read', { approvers: ['acme/managers'] }],
  ] as const)('a token without %s is told which permission to add', async (scope, words, approval) => {
    await using github = await GithubServer.start();
    github.teams.set('acme/managers', ['bob']);
    github.lacks.add(scope);
    const { tools } = toolsFor(github, approval);
    await expect(askOnGithub(questionOf(), tools, soon())).rejects.toMatchObject({
      code: 'GATE_BROKEN',
      message: expect.stringContaining(words),
    });
    expect(github.issues).toEqual([]);
  });

  test('a pull request takes its own permission', async () => {
    await using github = await GithubServer.start();
    github.lacks.add('pull-requests');
    const event = { name: 'pull_request', sha: undefined, pullRequest: 7, fork: undefined };
    await expect(askOnGithub(questionOf(), toolsFor(github, {}, { event }).tools, soon())).rejects.toMatchObject({
      message: expect.stringContaining('pull-requests: write'),
    });
  });

  test('a repository without issues says so', async () => {
    await using github = await GithubServer.start();
    github.switchedOff.add('issues');
    await expect(askOnGithub(questionOf(), toolsFor(github).tools, soon())).rejects.toMatchObject({
      message: expect.stringContaining('Issues are switched off'),
    });
  });
});
