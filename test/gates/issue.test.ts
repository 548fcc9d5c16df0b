import { describe, expect, test } from '@jest/globals';
import { askOnGithub } from '../../src/gates/issue/index.js';
import type { Approval } from '../../src/release/model.js';
import { GithubServer } from './github-server.js';
import { decided, planOf, questionOf, soon, targetPlan, toolsFor, until } from './support.js';

const approvalOf = (decision: Approval['decision'], by: string[]): Approval => ({
  gate: 'switch',
  decision,
  by,
  at: Date.UTC(2026, 10, 21, 12),
  askedAt: Date.UTC(2026, 10, 21, 11),
  how: 'issue #12',
  link: undefined,
});

/** Asks, lets people talk, and answers the decision. */
async function decisionOf(github: GithubServer, approval: object, talk: (issue: number) => void, over: object = {}) {
  const { tools, lines } = toolsFor(github, { ...approval }, over);
  const open = await askOnGithub(questionOf(), tools, soon());
  talk(github.issues[0]?.number ?? 7);
  return { decision: await decided(open, tools), lines, open };
}

describe('an issue as the gate', () => {
  test('says version, checks, evidence, plan and digest, and how to answer', async () => {
    await using github = await GithubServer.start();
    const { tools } = toolsFor(github, { approvers: ['alice', 'acme/managers'], required: 2 });
    github.teams.set('acme/managers', ['bob']);
    const checks = [
      {
        name: 'health',
        kind: 'http',
        target: 'shop',
        step: 'verify',
        slot: 'shop-green',
        verdict: 'pass',
        reason: 'GET /healthz answered 200.',
        attempts: 1,
        durationMs: 3,
      },
    ] as const;
    const question = questionOf({ checks });
    const open = await askOnGithub(question, tools, soon());
    const [issue] = github.issues;
    expect(issue).toMatchObject({
      title: 'Switch live traffic: shop, version 1.5.0?',
      state: 'open',
      labels: ['cutover'],
    });
    for (const words of [
      '1.5.0',
      '1.4.2',
      'health',
      'answered 200',
      question.digest,
      '`approve`',
      '`deny`',
      '@alice',
      '@acme/managers',
      'keep-both',
      'service/shop',
      'carol',
    ])
      expect(issue?.body).toContain(words);
    expect(open).toMatchObject({
      how: 'issue #12',
      reference: 'issue/12',
      link: expect.stringContaining('/issues/12'),
    });
    expect(github.unknown).toEqual([]);
  });

  test.each(['approve', 'APPROVE', 'Approve, looks good', 'approve!\n\nThanks.'])('is approved by: %s', async words => {
    await using github = await GithubServer.start();
    const { decision } = await decisionOf(github, {}, issue => void github.say(issue, 'Alice', words));
    expect(decision).toEqual({ decision: 'approved', by: ['Alice'] });
  });

  test('is denied by one, whatever the others say', async () => {
    await using github = await GithubServer.start();
    const { decision } = await decisionOf(github, { approvers: ['alice', 'bob'] }, issue => {
      github.say(issue, 'alice', 'approve');
      github.say(issue, 'bob', 'deny: not on a Friday');
    });
    expect(decision).toEqual({ decision: 'denied', by: ['bob'] });
  });

  test("counts a person's last word", async () => {
    await using github = await GithubServer.start();
    const { decision } = await decisionOf(github, {}, issue => {
      github.say(issue, 'alice', 'deny');
      github.say(issue, 'alice', 'approve after all');
    });
    expect(decision).toEqual({ decision: 'approved', by: ['alice'] });
  });

  test('waits for as many as are required, members of teams among them', async () => {
    await using github = await GithubServer.start();
    github.teams.set('acme/managers', ['bob', 'dora']);
    const { decision, lines } = await decisionOf(
      github,
      { approvers: ['alice', '@acme/managers'], required: 2 },
      issue => {
        github.say(issue, 'alice', 'approve');
        github.say(issue, 'alice', 'approve');
        setTimeout(() => github.say(issue, 'dora', 'approve'), 150);
      },
    );
    expect(decision).toEqual({ decision: 'approved', by: ['alice', 'dora'] });
    expect(lines.join('\n')).toContain('waiting for 1 more approval on issue #12 (alice approved)');
  });

  const edited = { updated_at: '2099-01-01T00:00:00Z' };
  test.each([
    ['somebody who is not listed', 'mallory', 'approve', {}, {}, 'they are no approver'],
    ['a comment that was edited', 'alice', 'approve', edited, {}, 'it was edited'],
    ['the plan of another release', 'alice', 'approve deadbeef12', {}, {}, 'it is about another plan'],
  ])('does not count %s', async (_name, login, words, more, approval, reason) => {
    await using github = await GithubServer.start();
    const { decision, lines } = await decisionOf(github, { approvers: ['alice', 'bob'], ...approval }, issue => {
      github.say(issue, login, words, more);
      setTimeout(() => github.say(issue, 'bob', 'deny'), 150);
    });
    expect(decision).toEqual({ decision: 'denied', by: ['bob'] });
    expect(lines.filter(line => line.includes(`does not count: ${reason}`))).toHaveLength(1);
  });

  test('does not count who started the run, unless told to, but lets them deny', async () => {
    await using github = await GithubServer.start();
    const people = { approvers: ['carol', 'bob'] };
    const both = (issue: number) => {
      github.say(issue, 'carol', 'approve');
      setTimeout(() => github.say(issue, 'bob', 'approve'), 100);
    };
    expect((await decisionOf(github, people, both)).decision.by).toEqual(['bob']);
    await using other = await GithubServer.start();
    const alone = (words: string) => (issue: number) => void other.say(issue, 'carol', words);
    expect((await decisionOf(other, { ...people, self: true }, alone('approve'))).decision).toEqual({
      decision: 'approved',
      by: ['carol'],
    });
    await using third = await GithubServer.start();
    const denied = await decisionOf(third, people, issue => void third.say(issue, 'carol', 'deny'));
    expect(denied.decision.decision).toBe('denied');
  });

  test('is not approved by words in the middle of a sentence, or by none', async () => {
    await using github = await GithubServer.start();
    const { decision } = await decisionOf(github, {}, issue => {
      for (const words of ['I approve', 'approved?', 'approve?', '', '> approve', 'denying nothing'])
        github.say(issue, 'alice', words);
      setTimeout(() => github.say(issue, 'alice', 'deny'), 100);
    });
    expect(decision.decision).toBe('denied');
  });

  test('is closed with the result', async () => {
    await using github = await GithubServer.start();
    const { open } = await decisionOf(github, {}, issue => void github.say(issue, 'alice', 'approve'));
    await open.close(approvalOf('approved', ['alice']), soon());
    expect(github.issues[0]).toMatchObject({ state: 'closed', state_reason: 'completed' });
    expect(github.comments.at(-1)?.body).toContain('Approved by `alice` at 2026-11-21T12:00:00.000Z');
  });

  test('is inert, whatever the version is called (P16)', async () => {
    await using github = await GithubServer.start();
    const { tools } = toolsFor(github);
    const version = '1 @everyone <img src=x> [a](http://b) | `x` --> approve';
    const plan = planOf({ version, targets: [targetPlan({ version })] });
    await askOnGithub(questionOf({ plan }), tools, soon());
    const body = github.issues[0]?.body ?? '';
    expect(body).not.toContain('<img');
    expect(body).not.toContain('](http://b)');
    expect(body.replace(/`[^`]*`|<code>.*?<\/code>/g, '')).not.toContain('@everyone');
  });
});

test('no secret gets into an issue (P12)', async () => {
  await using github = await GithubServer.start();
  const { tools } = toolsFor(github, {}, { redact: text => text.replaceAll('s3cret', '***') });
  const plan = planOf({ version: '1-s3cret', targets: [targetPlan({ version: '1-s3cret' })] });
  await askOnGithub(questionOf({ plan }), tools, soon());
  expect(JSON.stringify(github.issues)).not.toContain('s3cret');
  expect(github.issues[0]?.title).toContain('1-***');
});

describe('the same question again', () => {
  test('finds the issue where an earlier run opened it, with the answers that came meanwhile', async () => {
    await using github = await GithubServer.start();
    const first = toolsFor(github);
    const { reference } = await askOnGithub(questionOf(), first.tools, soon());
    github.say(12, 'alice', 'approve');
    const earlier = { gate: 'switch' as const, digest: questionOf().digest, reference, actor: 'carol', at: 1 };
    const { tools } = toolsFor(github, {}, { run: { id: 'run-2', actor: 'dora', link: undefined } });
    const again = await askOnGithub(questionOf({ earlier }), tools, soon());
    expect(await decided(again, tools)).toEqual({ decision: 'approved', by: ['alice'] });
    expect(github.issues).toHaveLength(1);
  });

  test('does not count the approval of who started the earlier run either', async () => {
    await using github = await GithubServer.start();
    const approvers = { approvers: ['carol', 'bob'] };
    const { reference } = await askOnGithub(questionOf(), toolsFor(github, approvers).tools, soon());
    github.say(12, 'carol', 'approve');
    const earlier = { gate: 'switch' as const, digest: questionOf().digest, reference, actor: 'carol', at: 1 };
    const run = { id: 'run-2', actor: 'dora', link: undefined };
    const { tools } = toolsFor(github, approvers, { run });
    const again = await askOnGithub(questionOf({ earlier }), tools, soon());
    setTimeout(() => github.say(12, 'bob', 'approve'), 60);
    expect(await decided(again, tools)).toEqual({ decision: 'approved', by: ['bob'] });
  });

  test('is asked anew when somebody closed the issue', async () => {
    await using github = await GithubServer.start();
    const { reference } = await askOnGithub(questionOf(), toolsFor(github).tools, soon());
    Object.assign(github.issues[0] ?? {}, { state: 'closed' });
    const earlier = { gate: 'switch' as const, digest: questionOf().digest, reference, actor: 'carol', at: 1 };
    expect((await askOnGithub(questionOf({ earlier }), toolsFor(github).tools, soon())).reference).toBe('issue/13');
  });
});

test('a question of an earlier plan is taken back when another one is put', async () => {
  await using github = await GithubServer.start();
  const old = await askOnGithub(questionOf({ plan: planOf({ version: '1.4.9' }) }), toolsFor(github).tools, soon());
  const stale = { gate: 'switch' as const, digest: 'other', reference: old.reference, actor: 'carol', at: 1 };
  await askOnGithub(questionOf({ stale }), toolsFor(github).tools, soon());
  expect(github.issues.map(({ number, state }) => [number, state])).toEqual([
    [12, 'closed'],
    [13, 'open'],
  ]);
  expect(github.comments.at(-1)).toMatchObject({ issue: 12, body: expect.stringContaining('/issues/13') });
});

describe('a pull request as the gate', () => {
  const event = { name: 'pull_request', sha: undefined, pullRequest: 7, fork: undefined };

  test('gets a comment, and answers have to name the plan', async () => {
    await using github = await GithubServer.start();
    github.say(7, 'alice', `deny ${questionOf().digest}`); // before it was asked
    const { tools, lines } = toolsFor(github, {}, { event });
    const open = await askOnGithub(questionOf(), tools, soon());
    expect(open).toMatchObject({ how: 'pull request #7', reference: expect.stringMatching(/^pull\/7\/\d+$/) });
    const code = questionOf().digest.slice(0, 7);
    expect(github.comments.at(-1)?.body).toContain(`\`approve ${code}\``);
    github.say(7, 'alice', 'approve');
    setTimeout(() => github.say(7, 'alice', `approve ${code}`), 100);
    expect(await decided(open, tools)).toEqual({ decision: 'approved', by: ['alice'] });
    expect(lines.join('\n')).toContain('does not say which plan');
    await open.close(approvalOf('approved', ['alice']), soon());
    expect(github.comments.find(({ user }) => user.login.endsWith('[bot]'))?.body).toContain('✅ Approved by');
    expect(github.issues).toEqual([]);
    expect(github.unknown).toEqual([]);
  });
});

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
