import { describe, expect, test } from '@jest/globals';
import { until } from '../gates/support.js';
import { openRepository } from './repository.js';

const fails = (text: string) =>
  text.replace(/verify:\n/, 'verify:\n  - http: { path: /healthz, expect: { status: 418 }, retries: 0 }\n');

describe('the example workflows on a runner', () => {
  test('kubernetes-basic: releases alternate, and one whose checks fail leaves the live one alone', async () => {
    await using repository = await openRepository('kubernetes-basic');
    const lives = [];
    for (let release = 0; release < 2; release++) {
      const { jobs } = await repository.run('workflow.yml', 'push');
      lives.push([jobs, repository.live(), repository.deployments()]);
    }
    expect(lives).toEqual([
      [{ release: 'succeeded' }, 'shop-green', ['shop-green']],
      [{ release: 'succeeded' }, 'shop-blue', ['shop-blue']],
    ]);
    repository.configure(fails);
    const { code, jobs, log } = await repository.run('workflow.yml', 'push');
    expect({ failed: code !== 0, jobs }).toEqual({ failed: true, jobs: { release: 'failed' } });
    expect(log).toContain('checks did not pass during verify');
    expect([repository.live(), repository.deployments()]).toEqual(['shop-blue', ['shop-blue']]);
  });

  test('approval-environment: the first job stops at the gate, and the second takes the previous version away', async () => {
    await using repository = await openRepository('approval-environment');
    const first = await repository.run('workflow.yml', 'push');
    // Nothing was live before, so nothing waits to be taken away.
    expect(first.jobs).toEqual({ release: 'succeeded' });
    const { jobs, log } = await repository.run('workflow.yml', 'push');
    expect(jobs).toEqual({ release: 'succeeded', cleanup: 'succeeded' });
    expect(log).toContain('waits for a decision');
    expect([repository.live(), repository.deployments()]).toEqual(['shop-blue', ['shop-blue']]);
    const states = repository.github.statuses.map(({ context, state }) => `${context} ${state}`);
    expect(states.slice(2)).toEqual(
      ['pending', 'success', 'pending', 'success'].map(state => `cutover/production ${state}`),
    );
  });

  test('approval-environment by the reusable workflow: three jobs, one release', async () => {
    await using repository = await openRepository('approval-environment');
    const { jobs, log } = await repository.run('reusable.yml', 'push');
    expect({ jobs, log: Object.keys(jobs).length === 3 ? '' : log }).toEqual({
      jobs: { deploy: 'succeeded', switch: 'succeeded', teardown: 'succeeded' },
      log: '',
    });
    expect(repository.live()).toBe('shop-green');
  });

  test('a release that a reviewer rejects before the switch is taken away, and its status is final', async () => {
    await using repository = await openRepository('approval-environment');
    expect((await repository.run('reusable.yml', 'push')).jobs).toMatchObject({ teardown: 'succeeded' });
    // A rejected environment keeps a job from beginning; a runner that cannot make its first step is as near as act comes.
    const { jobs } = await repository.run('reusable.yml', 'push', {}, text =>
      text.replace(/( {2}switch:\n[\s\S]*?steps:\n)/, '$1      - run: exit 1\n'),
    );
    expect(jobs).toEqual({ deploy: 'succeeded', switch: 'failed', abort: 'succeeded' });
    expect([repository.live(), repository.deployments()]).toEqual(['shop-green', ['shop-green']]);
    expect(repository.github.statuses.at(-1)).toMatchObject({ context: 'cutover/production', state: 'failure' });
  });

  test('approval-issue: the step waits for two people, and a rollback goes back by hand', async () => {
    await using repository = await openRepository('approval-issue');
    repository.configure(text => `${text}teardown: { how: keep }\n`);
    for (const at of [0, 1]) {
      const running = repository.run('workflow.yml', 'push');
      await Promise.race([running, until(() => repository.github.issues.length > at)]);
      const issue = repository.github.issues[at]?.number ?? 0;
      for (const login of ['alice', 'bob']) repository.github.say(issue, login, 'Approve');
      expect((await running).jobs).toEqual({ release: 'succeeded' });
    }
    expect(repository.live()).toBe('shop-blue');
    const { jobs } = await repository.run('rollback.yml', 'workflow_dispatch', {
      inputs: { reason: 'prices are wrong' },
    });
    expect(jobs).toEqual({ rollback: 'succeeded' });
    expect(repository.live()).toBe('shop-green');
  });

  test('merge-queue: the status that the queue waits for is on the head of the group, good or bad', async () => {
    await using repository = await openRepository('merge-queue');
    const group = (sha: string) => ({ merge_group: { head_sha: sha } });
    await repository.run('workflow.yml', 'merge_group', group('a'.repeat(40)));
    repository.configure(fails);
    await repository.run('workflow.yml', 'merge_group', group('b'.repeat(40)));
    expect(repository.github.statuses.map(({ sha, context, state }) => [sha[0], context, state])).toEqual([
      ['a', 'cutover/staging', 'pending'],
      ['a', 'cutover/staging', 'success'],
      ['b', 'cutover/staging', 'pending'],
      ['b', 'cutover/staging', 'failure'],
    ]);
    expect(repository.github.unknown).toEqual([]);
  });

  test('merge-queue: on a pull request of a fork the required job is skipped, and nothing is released', async () => {
    await using repository = await openRepository('merge-queue');
    const head = { sha: 'c'.repeat(40), repo: { full_name: 'stranger/shop' } };
    const { code, jobs } = await repository.run('workflow.yml', 'pull_request', { pull_request: { number: 7, head } });
    expect({ code, jobs, live: repository.live() }).toEqual({ code: 0, jobs: {}, live: undefined });
  });
});
