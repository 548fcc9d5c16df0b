import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tell } from '../../evidence.js';
import type { ApiRequest } from '../../gateway.js';
import { expectEnd, type Run } from '../../stage.js';
import type { KubernetesGround, OpenKubernetes } from '../ground.js';
import { liveBlue, type workload } from '../shop.js';
import { KubernetesStage } from '../stage.js';

/** A release of its whole length, without the checks that a user configures. */
const BARE = { smoke: '', 'live-url': '', identity: '', bake: '0s' };

/** What a cutover may ask for from deploy to teardown, and what the whole run may, its looks before and after included. */
const MOST = 30;
const MOST_IN_ALL = 50;

const PRELOAD = join(import.meta.dirname, '../../processes.cjs');

/** What a release costs. */
export function requests(open: OpenKubernetes): void {
  let ground: KubernetesGround;
  beforeAll(async () => {
    ground = await open();
  });
  afterAll(async () => {
    await ground[Symbol.asyncDispose]();
  });

  describe.each([3, 12])('a full cutover of %i replicas', replicas => {
    test(`asks the API for at most ${MOST} things from deploy to teardown, and starts no process`, async () => {
      const objects = liveBlue(ground.image).map(object => withReplicas(object, replicas));
      await using stage = await KubernetesStage.open(ground, { objects });
      const { run, processes } = await watched(stage, BARE);
      expectEnd({ run }, { result: 'succeeded', live: 'shop-green' });
      const walked = deployToTeardown(run.requests);
      tell(`${walked.length} requests from deploy to teardown of ${replicas} replicas, ${run.requests.length} in all:`);
      if (replicas === 3) tell(listOf(run.requests, stage.namespace));
      expect(walked.length).toBeLessThanOrEqual(MOST);
      expect(run.requests.length).toBeLessThanOrEqual(MOST_IN_ALL);
      expect(processes).toEqual([]);
    });
  });

  test('a process that a run does start is seen: the count has teeth', async () => {
    await using stage = await KubernetesStage.open(ground, { objects: liveBlue(ground.image) });
    const smoke = '- command: { run: "true" }';
    const { processes } = await watched(stage, { ...BARE, smoke, verb: 'deploy' });
    expect(processes).not.toEqual([]);
  });
}

async function watched(
  stage: KubernetesStage,
  inputs: Readonly<Record<string, string>>,
): Promise<{ readonly run: Run; readonly processes: readonly string[] }> {
  const file = join(stage.workspace, 'processes.log');
  const run = await stage.run(inputs, { variables: { NODE_OPTIONS: `--require=${PRELOAD}`, PROCESS_LOG: file } });
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n') : [];
  return { run, processes: lines };
}

/** From the record's first write on, which is the claim, to the last word of blue's removal. */
function deployToTeardown(all: readonly ApiRequest[]): readonly ApiRequest[] {
  const claim = all.findIndex(({ method, path }) => /POST|PUT/.test(method) && /configmaps/.test(path));
  const removal = all.findLastIndex(({ path }) => /deployments(\/shop-blue|\?.*watch.*shop-blue)/.test(path));
  const watch = all.findLastIndex(({ path }) => /deployments\?watch.*shop-blue/.test(path));
  return all.slice(claim + 1, (watch >= 0 ? watch : removal) + 1);
}

function listOf(all: readonly ApiRequest[], namespace: string): string {
  const lines = all.map(({ method, path, status }, index) => {
    const short = path.replaceAll(namespace, 'NAMESPACE').replace(/resourceVersion=\d+/, 'resourceVersion=N');
    return `${String(index + 1).padStart(3)} ${method} ${short} ${status}`;
  });
  return `\n  ${lines.join('\n  ')}`;
}

function withReplicas(object: object, replicas: number): object {
  const { kind, spec } = object as ReturnType<typeof workload>;
  return kind === 'Deployment' ? { ...object, spec: { ...spec, replicas } } : object;
}
