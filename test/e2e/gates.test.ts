import { describe, expect, test } from '@jest/globals';
import { GithubServer } from '../gates/github-server.js';
import { serve } from '../lib/serve.js';
import { answered, asking, deployments, workflow } from './asking.js';
import { NAMESPACE, openStage, type Stage } from './stage.js';

describe('an approval by issue', () => {
  test('before the switch: live traffic waits for it, and the decision is in outputs, summary and issue', async () => {
    await using stage = await openStage();
    await using github = await GithubServer.start();
    const { exitCode, outputs, summary } = await answered(
      stage,
      github,
      asking(github, { 'approval-before': 'switch' }),
      'approve',
    );
    expect({ exitCode, result: outputs.result, live: outputs.live }).toEqual({
      exitCode: 0,
      result: 'succeeded',
      live: 'shop-green',
    });
    expect(JSON.parse(outputs.approvals ?? '')).toEqual([
      expect.objectContaining({ gate: 'switch', decision: 'approved', by: ['alice'], how: 'issue #12' }),
    ]);
    expect(summary).toContain('alice');
    expect(github.issues[0]).toMatchObject({ state: 'closed', state_reason: 'completed' });
    expect(github.unknown).toEqual([]);
  });

  test('before the switch, denied: green is taken away, and live traffic was never touched', async () => {
    await using stage = await openStage();
    await using github = await GithubServer.start();
    const { exitCode, outputs, log } = await answered(
      stage,
      github,
      asking(github, { 'approval-before': 'switch' }),
      'deny',
    );
    expect({ exitCode, result: outputs.result, live: outputs.live }).toEqual({
      exitCode: 3,
      result: 'refused',
      live: 'shop-blue',
    });
    expect(deployments(stage)).toEqual(['shop-blue']);
    expect(log).toContain('The switch was denied by alice on issue #12.');
    expect(stage.platform.routing(NAMESPACE, 'shop').every(({ slots }) => !slots.includes('shop-green'))).toBe(true);
  });

  test('before the teardown, denied: both are kept, unless a rollback is wanted', async () => {
    await using stage = await openStage();
    await using github = await GithubServer.start();
    const { exitCode, outputs } = await answered(stage, github, asking(github), 'deny');
    expect({ exitCode, result: outputs.result, live: outputs.live }).toEqual({
      exitCode: 6,
      result: 'degraded',
      live: 'shop-green',
    });
    expect(deployments(stage)).toEqual(['shop-blue', 'shop-green']);
  });

  test('that nobody gives in time leads to what was configured', async () => {
    await using stage = await openStage();
    await using github = await GithubServer.start();
    const inputs = asking(github, { 'approval-within': '500ms', 'approval-otherwise': 'rollback' });
    const { exitCode, outputs } = await stage.run(inputs, undefined, { variables: workflow(github) });
    expect({ exitCode, result: outputs.result, live: outputs.live }).toEqual({
      exitCode: 4,
      result: 'rolled-back',
      live: 'shop-blue',
    });
    expect(github.issues[0]).toMatchObject({ state: 'closed', state_reason: 'not_planned' });
  });

  test('outlives the process that asked: the next one finds the issue and the answer', async () => {
    await using stage = await openStage();
    await using github = await GithubServer.start();
    const kill = new AbortController();
    const line = (text: string) =>
      void (text.includes('Waiting for an approval') && setTimeout(() => kill.abort(), 100));
    const inputs = asking(github);
    await stage.run(inputs, undefined, {
      variables: workflow(github),
      signal: kill.signal,
      stopBy: 'SIGKILL',
      survives: true,
      line,
    });
    expect(deployments(stage)).toEqual(['shop-blue', 'shop-green']);
    github.say(12, 'bob', 'approve');
    const { exitCode, outputs } = await stage.run(inputs, undefined, { variables: workflow(github), runId: '2' });
    expect({ exitCode, result: outputs.result }).toEqual({ exitCode: 0, result: 'succeeded' });
    expect(github.issues).toHaveLength(1);
    expect(deployments(stage)).toEqual(['shop-green']);
  });

  test('is wrong from the start without approvers, token or repository: nothing is contacted', async () => {
    await using stage = await openStage();
    const { exitCode, log } = await stage.run({ approval: 'issue' }, undefined, {
      variables: { GITHUB_REPOSITORY: '' },
    });
    expect(exitCode).toBe(2);
    for (const words of ['Input approvers is empty', 'Input github-token is missing', 'GITHUB_REPOSITORY'])
      expect(log).toContain(words);
  });
});

describe('other ways of approval', () => {
  test('an annotation: the command that is printed is the one that decides', async () => {
    await using stage = await openStage();
    stage.write('cutover.yml', 'approval: { interval: 50ms }\n');
    let typed: Promise<void> | undefined;
    const line = (text: string) => {
      const [, annotation, digest] = /annotate service\/shop --overwrite (cutover\/approve)=(\w+)/.exec(text) ?? [];
      if (annotation && digest) typed = annotate(stage, { [annotation]: digest, 'cutover/decided-by': 'alice' });
    };
    const inputs = { 'live-url': '', config: 'cutover.yml', approval: 'annotation', 'approval-before': 'switch' };
    const { exitCode, outputs } = await stage.run(inputs, undefined, { line });
    await typed;
    expect({ exitCode, result: outputs.result, live: outputs.live }).toEqual({
      exitCode: 0,
      result: 'succeeded',
      live: 'shop-green',
    });
    expect(JSON.parse(outputs.approvals ?? '')).toMatchObject([
      { by: ['alice'], how: 'annotations of service/shop in namespace shop' },
    ]);
  });

  test('a URL decides, and the header that it gets is masked (P12)', async () => {
    await using stage = await openStage();
    const asked: (string | undefined)[] = [];
    await using approvals = await serve((request, response) => {
      asked.push(request.headers.authorization);
      response.writeHead(asked.length < 3 ? 404 : 200).end('{"approved": true, "by": "change board"}');
    });
    stage.write('cutover.yml', 'approval: { interval: 50ms, headers: { authorization: Bearer t0p-s3cret-t0ken } }\n');
    const inputs = {
      'live-url': '',
      config: 'cutover.yml',
      approval: 'url',
      'approval-url': approvals.url,
      'approval-before': 'switch',
    };
    const { exitCode, outputs, log } = await stage.run(inputs);
    expect({ exitCode, by: JSON.parse(outputs.approvals ?? '[]')[0]?.by }).toEqual({
      exitCode: 0,
      by: ['change board'],
    });
    expect(asked).toEqual(Array(3).fill('Bearer t0p-s3cret-t0ken'));
    expect(log.replace(/^::add-mask::.*$/gm, '')).not.toContain('t0p-s3cret-t0ken');
  });

  test('a cancel at the gate leaves both slots, and says that the same command goes on', async () => {
    await using stage = await openStage();
    await using github = await GithubServer.start();
    const cancel = new AbortController();
    const line = (text: string) => void (text.includes('Waiting for an approval') && cancel.abort());
    const began = performance.now();
    const { exitCode, outputs, summary } = await stage.run(asking(github), undefined, {
      variables: workflow(github),
      signal: cancel.signal,
      line,
    });
    expect({ exitCode, result: outputs.result, live: outputs.live }).toEqual({
      exitCode: 130,
      result: 'cancelled',
      live: 'shop-green',
    });
    expect(performance.now() - began).toBeLessThan(15_000);
    expect(deployments(stage)).toEqual(['shop-blue', 'shop-green']);
    expect(summary).toContain('Green is live and the switch is finished; only blue is left to remove.');
  });
});

/** What `kubectl annotate --overwrite` sends. */
async function annotate(stage: Stage, annotations: Record<string, string>): Promise<void> {
  const [service] = stage.platform.objects('Service', NAMESPACE);
  const { name, namespace } = service?.metadata ?? {};
  const { spec } = service as unknown as { spec: object };
  await stage.platform.apply(
    JSON.stringify({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace, annotations }, spec }),
  );
}

describe('an approval by the environment of a later job', () => {
  test('stops the run at the gate, and names the verb that goes on', async () => {
    await using stage = await openStage();
    const inputs = { approval: 'environment', 'approval-before': 'switch, teardown' };
    const seen = [];
    for (const verb of ['run', 'switch', 'teardown']) {
      const { exitCode, outputs } = await stage.run({ ...inputs, verb });
      seen.push([verb, exitCode, outputs.result, outputs['next-verb'], outputs.live, outputs.release]);
    }
    expect(seen).toEqual([
      ['run', 0, 'waiting', 'switch', 'shop-blue', 'shop'],
      ['switch', 0, 'waiting', 'teardown', 'shop-green', 'shop'],
      ['teardown', 0, 'succeeded', '', 'shop-green', 'shop'],
    ]);
    const strict = await stage.run({
      ...inputs,
      version: '9',
      image: 'registry.example/shop:9',
      'strict-gates': 'true',
    });
    expect(strict).toMatchObject({ exitCode: 5, outputs: { result: 'waiting' } });
  });
});
