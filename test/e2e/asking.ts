/** Runs that ask people on GitHub, and people who answer. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import type { GithubServer } from '../gates/github-server.js';
import { until } from '../gates/support.js';
import { NAMESPACE, type Stage, type StepMore } from './stage.js';

const folder = mkdtempSync(join(tmpdir(), 'cutover-gates-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** The workflow that a step is in: on GitHub as these tests know it. */
export function workflow(github: GithubServer, event = 'push', payload: object = {}): Record<string, string> {
  const path = join(folder, `${event}.json`);
  writeFileSync(path, JSON.stringify(payload));
  return { ...github.environment, GITHUB_EVENT_NAME: event, GITHUB_EVENT_PATH: path };
}

/** Without a live URL: after a gate before the switch live traffic would be measured anew for seconds. */
export const asking = (github: GithubServer, more: Record<string, string> = {}) => ({
  'live-url': '',
  approval: 'issue',
  approvers: 'alice, bob',
  'github-token': github.token,
  ...more,
});
export const deployments = (stage: Stage) =>
  stage.platform
    .objects('Deployment', NAMESPACE)
    .map(one => one.metadata.name)
    .sort();
export const states = (github: GithubServer) => github.statuses.map(({ state }) => state);

/** Runs, and says what a person says as soon as the question is there. */
export async function answered(
  stage: Stage,
  github: GithubServer,
  inputs: Record<string, string>,
  words: string,
  more: StepMore = {},
) {
  stage.write('cutover.yml', 'approval: { interval: 50ms }\n');
  const running = stage.run({ config: 'cutover.yml', ...inputs }, undefined, { variables: workflow(github), ...more });
  await Promise.race([running, until(() => github.issues.length > 0)]);
  github.say(github.issues[0]?.number ?? 0, 'alice', words);
  return running;
}
