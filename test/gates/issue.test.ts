import { describe, expect, test } from '@jest/globals';
import { askOnGithub } from '../../src/gates/issue/index.js';
import { approvalOf, decisionOf } from './asking.js';
import { GithubServer } from './github-server.js';
import { planOf, questionOf, soon, targetPlan, toolsFor } from './support.js';

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
