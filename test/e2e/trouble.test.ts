import { describe, expect, test } from '@jest/globals';
import { CLUSTER, MANIFEST } from '../../src/rehearse/demo-shop.js';
import { NAMESPACE, openStage, type Stage, type StageRun } from './stage.js';

/** The sentence that a person reads: the annotation that the step ends with. */
function sentence({ log }: StageRun): string {
  const annotation = log.split('\n').findLast(line => line.startsWith('::error::')) ?? '';
  return decodeURIComponent(annotation.replace('::error::', '').replaceAll(/%(?![0-9A-F]{2})/g, '%25'));
}

/** The live traffic is where it was, and nothing is half-way. */
function blueServes(stage: Stage): void {
  const [service] = stage.platform.objects('Service', NAMESPACE);
  expect(service?.spec).toMatchObject({ selector: { app: 'shop', 'cutover/slot': 'shop-blue' } });
  const moments = stage.platform.routing(NAMESPACE, 'shop').map(moment => moment.slots.join('+'));
  expect(new Set(moments.slice(moments.indexOf('shop-blue')))).toEqual(new Set(['shop-blue']));
}

const deployments = (stage: Stage) =>
  stage.platform.objects('Deployment', NAMESPACE).map(object => object.metadata.name);

describe('wrong input is told before anything is contacted', () => {
  const [workload = '', settings = ''] = MANIFEST.split('---');
  const cases: readonly [string, Readonly<Record<string, string>>, string, readonly string[]][] = [
    ['a missing manifest', { manifest: 'k8s/nowhere.yaml' }, MANIFEST, ['manifest', 'k8s/nowhere.yaml']],
    ['invalid YAML', {}, 'kind: [\n', ['manifest', 'k8s/shop.yaml', 'not valid YAML']],
    ['no workload', {}, settings, ['manifest', 'workload']],
    ['a workload twice', {}, `${MANIFEST}---\n${workload}`, ['manifest', 'Deployment', 'twice']],
    [
      'several mistakes at once',
      { bake: '30', green: 'shop-blue', teardown: 'destroy' },
      settings,
      ['bake', 'green', 'teardown', 'manifest', 'mistakes'],
    ],
  ];
  test.each(cases)('%s', async (_, inputs, manifest, words) => {
    await using stage = await openStage();
    stage.write('k8s/shop.yaml', manifest);
    const before = stage.platform.requests.all.length;
    const run = await stage.run(inputs);
    expect({ exitCode: run.exitCode, result: run.outputs.result }).toEqual({ exitCode: 2, result: 'invalid' });
    for (const word of words) expect(sentence(run)).toContain(word);
    expect(stage.platform.requests.all).toHaveLength(before);
  });
});

describe('a platform that does not let the release begin', () => {
  test('a Service that does not exist', async () => {
    await using stage = await openStage();
    const run = await stage.run({ service: 'nowhere' });
    expect({ exitCode: run.exitCode, result: run.outputs.result }).toEqual({ exitCode: 3, result: 'refused' });
    expect(sentence(run)).toContain('There is no Service nowhere in namespace shop');
    expect(deployments(stage)).toEqual(['shop-blue']);
  });

  test('verbs that the credentials do not have are named with the rule to add', async () => {
    await using stage = await openStage();
    const rules = [{ verbs: ['get', 'list', 'watch'], groups: ['*'], resources: ['*'] }];
    const token = stage.platform.authority.addUser('robot', rules);
    const run = await stage.run({ kubeconfig: stage.platform.kubeconfig(token) });
    expect({ exitCode: run.exitCode, result: run.outputs.result }).toEqual({ exitCode: 3, result: 'refused' });
    expect(sentence(run)).toContain('patch services shop');
    expect(sentence(run)).toContain('{apiGroups: [""], resources: ["services"], verbs: ["patch"]}');
    expect(deployments(stage)).toEqual(['shop-blue']);
    blueServes(stage);
  });

  test('a server that does not answer', async () => {
    await using stage = await openStage();
    const kubeconfig = stage.platform.kubeconfig().replace(stage.platform.url, 'http://127.0.0.1:4');
    const run = await stage.run({ kubeconfig });
    expect(run.exitCode).toBe(1);
    expect(sentence(run)).toContain('http://127.0.0.1:4 does not answer (connection refused)');
    expect(run.log).not.toMatch(/\n\s+at /);
  });

  test('a token that has expired', async () => {
    await using stage = await openStage();
    const token = stage.platform.authority.addUser('robot', [{ verbs: ['*'], groups: ['*'], resources: ['*'] }]);
    stage.platform.authority.expire(token);
    const run = await stage.run({ kubeconfig: stage.platform.kubeconfig(token) });
    expect(run.exitCode).toBe(1);
    expect(sentence(run)).toContain('the token is invalid or has expired');
    const shown = run.log.split('\n').filter(line => !line.startsWith('::add-mask::'));
    expect(shown.join('\n')).not.toContain(token);
  });
});

describe('a green that does not come up is removed, and users notice nothing', () => {
  const cases: readonly [string, string, readonly string[]][] = [
    ['crashes', 'crash', ['shop-green', 'keeps crashing', 'exit code 1']],
    ['has no image', 'image-pull-error', ['shop-green', 'ImagePull']],
    ['never gets ready', 'never-ready', ['shop-green', 'did not become ready within', '0/3 ready']],
  ];
  test.each(cases)('it %s', async (_, start, words) => {
    await using stage = await openStage();
    const annotations = `annotations: { embedded.cutover/start: ${start} }\n      labels: { app: shop }`;
    stage.write('k8s/shop.yaml', MANIFEST.replace('labels: { app: shop }', annotations));
    const { run, load } = await stage.runUnderLoad({ 'ready-timeout': '4s' });
    expect({ exitCode: run.exitCode, result: run.outputs.result, live: run.outputs.live }).toEqual({
      exitCode: 1,
      result: 'failed',
      live: 'shop-blue',
    });
    for (const word of words) expect(sentence(run)).toContain(word);
    expect(load.failed).toBe(0);
    expect(deployments(stage)).toEqual(['shop-blue']);
    blueServes(stage);
  });

  test('a quota that leaves no room for two colours is named', async () => {
    const quota = `---
apiVersion: v1
kind: ResourceQuota
metadata: { name: small, namespace: ${NAMESPACE} }
spec: { hard: { pods: "4" } }
`;
    await using stage = await openStage({}, `${CLUSTER}${quota}`);
    const run = await stage.run({ 'ready-timeout': '4s' });
    expect(run.exitCode).not.toBe(0);
    expect(sentence(run)).toContain('quota');
    blueServes(stage);
  });
});

describe('checks', () => {
  test('that fail on green keep users on blue, with what was expected and what came', async () => {
    await using stage = await openStage();
    const { run, load } = await stage.runUnderLoad({ smoke: '- http: { path: /healthz, expect: { status: 204 } }' });
    expect({ exitCode: run.exitCode, result: run.outputs.result }).toEqual({ exitCode: 1, result: 'failed' });
    expect(sentence(run)).toContain('204');
    expect(sentence(run)).toContain('200');
    expect(load.failed).toBe(0);
    blueServes(stage);
  });

  test('that hang end at their deadline', async () => {
    await using stage = await openStage();
    const annotations = `annotations: { embedded.cutover/answers: '{"/slow":{"delay":"60s"}}' }\n      labels: { app: shop }`;
    stage.write('k8s/shop.yaml', MANIFEST.replace('labels: { app: shop }', annotations));
    const run = await stage.run({
      smoke: '- http: { path: /slow, timeout: 500ms }\n- command: { run: sleep 60, timeout: 500ms }',
    });
    expect(run.outputs.result).toBe('failed');
    expect(run.log).toMatch(/fail: GET \/slow: .*500 ms/);
    expect(run.log).toMatch(/fail: sleep 60 did not end within 500 ms/);
    blueServes(stage);
  });

  test('that fail after the switch bring blue back, and green is gone', async () => {
    await using stage = await openStage();
    const { run, load } = await stage.runUnderLoad({
      'live-checks': '- http: { path: /healthz, expect: { status: 204 } }',
    });
    expect({ exitCode: run.exitCode, result: run.outputs.result, live: run.outputs.live }).toEqual({
      exitCode: 4,
      result: 'rolled-back',
      live: 'shop-blue',
    });
    expect(load.failed).toBe(0);
    expect(deployments(stage)).toEqual(['shop-blue']);
    expect(run.summary).toContain('204');
  });
});

describe('answers of a tired API server', () => {
  const conflict = {
    status: 409,
    body: { kind: 'Status', status: 'Failure', reason: 'Conflict', message: 'the object has been modified', code: 409 },
  };
  const tired = (status: number) => ({
    status,
    headers: { 'retry-after': '0' },
    body: { kind: 'Status', status: 'Failure', message: 'the server is tired', code: status },
  });
  const cases: readonly [string, object][] = [
    ['409 at the switch', { match: { method: 'PATCH', path: /services\/shop/ }, answer: conflict }],
    ['429 at the switch', { match: { method: 'PATCH', path: /services\/shop/ }, answer: tired(429) }],
    ['429 at reads', { match: { method: 'GET' }, answer: tired(429), times: 3 }],
    ['503 at reads', { match: { method: 'GET' }, answer: tired(503), times: 3 }],
    ['a lost answer to the switch', { match: { method: 'PATCH', path: /services\/shop/ }, answer: 'lose-answer' }],
    [
      'a lost answer to the deployment of green',
      { match: { method: 'PATCH', path: /deployments\/shop-green/ }, answer: 'lose-answer' },
    ],
    ['a reset at a watch', { match: { method: 'GET', path: /[?&]watch=true/ }, answer: 'reset' }],
  ];
  test.each(cases)('%s is overcome', async (_, fault) => {
    await using stage = await openStage();
    const added = stage.platform.faults.add(fault as Parameters<typeof stage.platform.faults.add>[0]);
    const { run, load } = await stage.runUnderLoad();
    expect(added.hits).toBeGreaterThan(0);
    expect(run.outputs).toMatchObject({ result: 'succeeded', live: 'shop-green' });
    expect(load.failed).toBe(0);
  });

  test('500 for every write ends cleanly, with blue serving', async () => {
    await using stage = await openStage();
    stage.platform.faults.add({
      match: { method: 'PATCH', path: /services\/shop/ },
      answer: tired(500),
      times: Number.POSITIVE_INFINITY,
    });
    const { run, load } = await stage.runUnderLoad();
    expect(run.exitCode).toBe(1);
    expect(sentence(run)).toContain('HTTP 500');
    expect(run.outputs.live).toBe('shop-blue');
    expect(load.failed).toBe(0);
  });
});
