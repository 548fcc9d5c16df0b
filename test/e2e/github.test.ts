import { describe, expect, test } from '@jest/globals';
import { GithubServer } from '../gates/github-server.js';
import { until } from '../gates/support.js';
import { states, workflow } from './asking.js';
import { openStage } from './stage.js';

describe('on GitHub', () => {
  const environment = { environment: 'staging' };

  test('a release is a deployment, and a status of the commit that others can require', async () => {
    await using stage = await openStage();
    await using github = await GithubServer.start();
    const event = workflow(github, 'pull_request', {
      pull_request: { number: 7, head: { sha: 'a'.repeat(40), repo: { full_name: github.repository } } },
    });
    const { exitCode } = await stage.run({ ...environment, 'github-token': github.token }, undefined, {
      variables: event,
    });
    expect(exitCode).toBe(0);
    expect(states(github)).toEqual(['pending', 'success']);
    expect(new Set(github.statuses.map(({ sha, context }) => `${sha} ${context}`))).toEqual(
      new Set([`${'a'.repeat(40)} cutover/staging`]),
    );
    expect(github.deployments[0]?.statuses.map(({ state }) => state)).toEqual(['in_progress', 'success']);
    expect(github.deployments[0]?.statuses.at(-1)).toMatchObject({ environment_url: stage.url });
    expect(github.unknown).toEqual([]);
  });

  test('a release that fails, or was never right, says so there', async () => {
    await using stage = await openStage();
    await using github = await GithubServer.start();
    const given = { ...environment, 'github-token': github.token };
    const variables = workflow(github);
    await stage.run({ ...given, smoke: '- http: { path: /healthz, expect: { status: 418 } }' }, undefined, {
      variables,
    });
    await stage.run({ ...given, bake: '5' }, undefined, { variables });
    expect(states(github)).toEqual(['pending', 'failure', 'pending', 'failure']);
    expect(github.statuses.at(-1)?.description).toContain('mistakes');
  });

  test('the status of a killed run is made final by the post step', async () => {
    await using stage = await openStage();
    await using github = await GithubServer.start();
    const kill = new AbortController();
    const given = { ...environment, 'github-token': github.token, bake: '30s' };
    const running = stage.run(given, undefined, {
      variables: workflow(github),
      signal: kill.signal,
      stopBy: 'SIGKILL',
      survives: true,
    });
    await until(() => (github.deployments[0]?.statuses.length ?? 0) > 0);
    setTimeout(() => kill.abort(), 100);
    await running;
    expect(states(github)).toEqual(['pending', 'error']);
    expect(github.deployments[0]?.statuses.at(-1)).toMatchObject({ state: 'error' });
  });

  test('an API that is down does not keep a release from succeeding, and that is said', async () => {
    await using stage = await openStage();
    await using github = await GithubServer.start();
    github.troubles.push({ match: /./, trouble: { status: 500 }, always: true });
    const { exitCode, outputs, log } = await stage.run({ ...environment, 'github-token': github.token }, undefined, {
      variables: workflow(github),
    });
    expect({ exitCode, result: outputs.result }).toEqual({ exitCode: 0, result: 'succeeded' });
    expect(log).toContain('The release does not depend on it.');
    expect(log.replace(/^::add-mask::.*$/gm, '')).not.toContain(github.token);
  });

  test('a pull request of a fork is planned, whatever it asks for, and says why', async () => {
    await using stage = await openStage();
    await using github = await GithubServer.start();
    const event = workflow(github, 'pull_request', {
      pull_request: { number: 7, head: { sha: 'a'.repeat(40), repo: { full_name: 'mallory/shop' } } },
    });
    const writes = stage.platform.requests.mutating.length;
    const { exitCode, log } = await stage.run(environment, undefined, { variables: event });
    expect(exitCode).toBe(0);
    expect(log).toContain('This pull request comes from mallory/shop');
    expect(stage.platform.requests.mutating).toHaveLength(writes);
    expect(github.requests).toEqual([]);
  });
});
