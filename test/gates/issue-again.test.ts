import { describe, expect, test } from '@jest/globals';
import { askOnGithub } from '../../src/gates/issue/index.js';
import { approvalOf } from './asking.js';
import { GithubServer } from './github-server.js';
import { decided, planOf, questionOf, soon, toolsFor } from './support.js';

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
