import { describe, expect, test } from '@jest/globals';
import type { AnnouncedRelease, Ended } from '../../../src/hosts/announcement.js';
import { announceOnGithub, endAnnouncement } from '../../../src/hosts/github-announcement.js';
import { systemClock } from '../../../src/lib/poll.js';
import type { Clock } from '../../../src/platforms/port.js';
import { GithubServer } from '../../gates/github-server.js';
import { until } from '../../gates/support.js';
import { worldOf } from '../world.js';

const SHA = '0123456789abcdef0123456789abcdef01234567';

function stageOf(github: GithubServer, clock: Clock = systemClock, cancelled = false) {
  const state = new Map<string, string>();
  const warnings: string[] = [];
  const silent = () => undefined;
  const { world } = worldOf({ ...github.environment });
  const stage = {
    host: {
      run: { id: 'run-1', actor: 'carol', link: 'https://github.example/example/shop/actions/runs/1' },
      log: {
        debug: silent,
        info: silent,
        error: silent,
        waiting: silent,
        group: () => silent,
        warning: (text: string) => void warnings.push(text),
      },
      state: {
        save: (name: string, value: string) => void state.set(name, value),
        read: (name: string) => state.get(name) || undefined,
      },
      redact: (text: string) => text,
    },
    world: cancelled ? { ...world, signal: AbortSignal.abort() } : world,
    event: { name: 'push', sha: SHA, pullRequest: undefined, fork: undefined },
    clock,
  };
  return { stage, state, warnings };
}

const releaseOf = (github: GithubServer, over: Partial<AnnouncedRelease> = {}): AnnouncedRelease => ({
  environment: 'staging',
  release: 'shop',
  version: '1.5.0',
  verb: 'run',
  liveUrl: 'https://shop.example',
  token: github.token,
  deployment: true,
  status: true,
  ...over,
});

const ended = (result: Ended['result'], over: Partial<Ended> = {}): Ended => ({
  result,
  verb: 'run',
  next: undefined,
  sentence: `It ended as ${result}.`,
  ...over,
});

const states = (github: GithubServer) => github.statuses.map(({ state }) => state);
const deployed = (github: GithubServer) => github.deployments.map(({ statuses }) => statuses.map(({ state }) => state));
const quick: Clock = { now: Date.now, sleep: (ms, signal) => systemClock.sleep(ms <= 1_000 ? 10 : ms, signal) };

describe('a release on GitHub', () => {
  test('is a deployment with its URL and log, and a status of the commit, from the first second to the end', async () => {
    await using github = await GithubServer.start();
    const { stage, warnings, state } = stageOf(github);
    const announcement = announceOnGithub(stage, releaseOf(github));
    await until(() => github.statuses.length === 1 && deployed(github)[0]?.length === 1);
    expect(github.statuses[0]).toMatchObject({ sha: SHA, state: 'pending', context: 'cutover/staging' });
    await announcement?.end(ended('succeeded'));
    expect(states(github)).toEqual(['pending', 'success']);
    expect(github.statuses[1]).toMatchObject({
      description: 'It ended as succeeded.',
      target_url: expect.stringContaining('/actions/runs/1'),
    });
    expect(deployed(github)).toEqual([['in_progress', 'success']]);
    expect(github.deployments[0]).toMatchObject({ ref: SHA, environment: 'staging' });
    expect(github.deployments[0]?.statuses[1]).toMatchObject({
      environment_url: 'https://shop.example',
      log_url: expect.stringContaining('/actions/runs/1'),
    });
    expect({ warnings, unknown: github.unknown }).toEqual({ warnings: [], unknown: [] });
    expect(state.get('cutover-announced')).toBe('');
  });

  test.each([
    ['succeeded', {}, 'success', 'success'],
    ['unchanged', {}, 'success', 'success'],
    ['waiting', { next: 'switch' }, 'pending', 'pending'],
    ['waiting', { next: 'teardown' }, 'success', 'success'],
    ['degraded', {}, 'failure', 'success'],
    ['rolled-back', {}, 'failure', 'failure'],
    ['failed', {}, 'failure', 'failure'],
    ['refused', {}, 'failure', 'failure'],
    ['invalid', {}, 'failure', 'failure'],
    ['rollback-failed', {}, 'error', 'error'],
    ['cancelled', {}, 'error', 'error'],
  ] as const)(
    'that ended as %s %j has the status %s and the deployment %s',
    async (result, more, status, deployment) => {
      await using github = await GithubServer.start();
      const announcement = announceOnGithub(stageOf(github).stage, releaseOf(github));
      await announcement?.end(ended(result, more));
      expect([states(github).at(-1), deployed(github)[0]?.at(-1)]).toEqual([status, deployment]);
    },
  );

  test('goes on with the deployment that the job before it began, and begins another one for another version', async () => {
    await using github = await GithubServer.start();
    for (const [verb, result, next] of [
      ['deploy', 'waiting', 'switch'],
      ['switch', 'waiting', 'teardown'],
    ] as const)
      await announceOnGithub(stageOf(github).stage, releaseOf(github, { verb }))?.end(ended(result, { next }));
    expect(deployed(github)).toEqual([['in_progress', 'pending', 'in_progress', 'success']]);
    await announceOnGithub(stageOf(github).stage, releaseOf(github, { version: '1.6.0' }))?.end(ended('succeeded'));
    expect(deployed(github).map(one => one.at(-1))).toEqual(['inactive', 'success']);
  });

  test('a rollback is no deployment: the one that was live is inactive', async () => {
    await using github = await GithubServer.start();
    await announceOnGithub(stageOf(github).stage, releaseOf(github))?.end(ended('succeeded'));
    await announceOnGithub(stageOf(github).stage, releaseOf(github, { verb: 'rollback' }))?.end(
      ended('succeeded', { verb: 'rollback', isLive: false }),
    );
    expect(deployed(github)).toEqual([['in_progress', 'success', 'inactive']]);
  });

  test.each([
    ['rollback', 'succeeded', false, 'failure'],
    ['rollback', 'succeeded', true, 'success'],
    ['rollback', 'unchanged', false, 'failure'],
    ['rollback', 'refused', true, 'success'],
    ['rollback', 'refused', undefined, 'error'],
    ['rollback', 'rollback-failed', true, 'error'],
    ['abort', 'succeeded', false, 'failure'],
    ['abort', 'unchanged', true, 'success'],
  ] as const)(
    'a %s that ended as %s, with the version live: %s, leaves its commit with the status %s',
    async (verb, result, isLive, state) => {
      await using github = await GithubServer.start();
      await announceOnGithub(stageOf(github).stage, releaseOf(github, { verb }))?.end(ended(result, { verb, isLive }));
      expect(states(github).at(-1)).toBe(state);
    },
  );

  test('an abort ends the status and the deployment that a job before it left at a gate, and begins none', async () => {
    await using github = await GithubServer.start();
    await announceOnGithub(stageOf(github).stage, releaseOf(github, { verb: 'deploy' }))?.end(
      ended('waiting', { next: 'switch' }),
    );
    await announceOnGithub(stageOf(github).stage, releaseOf(github, { verb: 'abort' }))?.end(
      ended('succeeded', { verb: 'abort', isLive: false }),
    );
    expect(states(github)).toEqual(['pending', 'pending', 'failure']);
    expect(deployed(github)).toEqual([['in_progress', 'pending', 'failure']]);
  });

  test('shows only what is wanted', async () => {
    await using github = await GithubServer.start();
    await announceOnGithub(stageOf(github).stage, releaseOf(github, { status: false }))?.end(ended('succeeded'));
    await announceOnGithub(stageOf(github).stage, releaseOf(github, { deployment: false, version: '2' }))?.end(
      ended('succeeded'),
    );
    expect([github.statuses.length, github.deployments.length]).toEqual([2, 1]);
  });

  test('says no more than 140 characters, and nothing that would be a second line', async () => {
    await using github = await GithubServer.start();
    const announcement = announceOnGithub(stageOf(github).stage, releaseOf(github));
    await announcement?.end(ended('failed', { sentence: `It\nfailed ${'because '.repeat(40)}` }));
    expect(github.statuses.at(-1)?.description).toMatch(/^It failed because .*…$/);
  });
});

describe('when GitHub does not play along', () => {
  test.each([
    ['deployments', 'deployments: write'],
    ['statuses', 'statuses: write'],
  ] as const)(
    'a token without %s is told once which permission to add, and the other is shown',
    async (scope, words) => {
      await using github = await GithubServer.start();
      github.lacks.add(scope);
      const { stage, warnings } = stageOf(github);
      await announceOnGithub(stage, releaseOf(github))?.end(ended('succeeded'));
      expect(warnings).toEqual([expect.stringContaining(words)]);
      expect(warnings[0]).toContain('The release does not depend on it.');
      expect(github.statuses.length + github.deployments.length).toBeGreaterThan(0);
    },
  );

  test('what passes by is tried again', async () => {
    await using github = await GithubServer.start();
    github.troubles.push(
      { match: /statuses\/0123/, trouble: { status: 502 } },
      { match: /POST .*\/deployments$/, trouble: { status: 429, headers: { 'retry-after': '0' } } },
    );
    const { stage, warnings } = stageOf(github, quick);
    await announceOnGithub(stage, releaseOf(github))?.end(ended('succeeded'));
    expect([states(github), deployed(github), warnings]).toEqual([
      ['pending', 'success'],
      [['in_progress', 'success']],
      [],
    ]);
  });

  test('an API that is down costs warnings and a bounded time', async () => {
    await using github = await GithubServer.start();
    github.troubles.push({ match: /./, trouble: { status: 503 }, always: true });
    const { stage, warnings } = stageOf(github, quick);
    const began = Date.now();
    await announceOnGithub(stage, releaseOf(github))?.end(ended('succeeded'));
    expect(Date.now() - began).toBeLessThan(5_000);
    expect(warnings).toHaveLength(2);
  });

  test('an API that never answers does not hold a cancelled run up', async () => {
    await using github = await GithubServer.start();
    github.hang = true;
    const { stage, state } = stageOf(github, systemClock, true);
    const began = Date.now();
    await announceOnGithub(stage, releaseOf(github))?.end(ended('cancelled'));
    expect(Date.now() - began).toBeLessThan(3_000);
    expect(JSON.parse(state.get('cutover-announced') ?? '')).toMatchObject({
      sha: SHA,
      ended: { result: 'cancelled' },
    });
    expect(state.get('cutover-announced')).not.toContain(github.token);
  });
});

describe('the post step', () => {
  test('ends what a killed process has begun: the status is not pending for ever', async () => {
    await using github = await GithubServer.start();
    const { stage, state } = stageOf(github);
    announceOnGithub(stage, releaseOf(github));
    await until(
      () =>
        deployed(github)[0]?.length === 1 &&
        JSON.parse(state.get('cutover-announced') ?? '{}').deployment !== undefined,
    );
    const begun = JSON.parse(state.get('cutover-announced') ?? '');
    await endAnnouncement(
      stageOf(github).stage,
      begun,
      github.token,
      ended('cancelled', { verb: 'abort-if-unfinished' }),
    );
    expect(states(github)).toEqual(['pending', 'error']);
    expect(deployed(github)).toEqual([['in_progress', 'error']]);
  });

  test('says how the run ended where the run itself could only not show it', async () => {
    await using github = await GithubServer.start();
    const { token: _, ...release } = releaseOf(github);
    const begun = { release, sha: SHA, deployment: undefined, ended: ended('rolled-back') };
    await endAnnouncement(stageOf(github).stage, begun, github.token, ended('cancelled'));
    expect(github.statuses).toEqual([
      expect.objectContaining({ state: 'failure', description: 'It ended as rolled-back.' }),
    ]);
  });
});
