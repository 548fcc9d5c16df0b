import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type EmbeddedKubernetes, type Pod, startEmbeddedKubernetes } from '../../../src/embedded/kubernetes/index.js';
import type { Deployment } from '../../../src/embedded/kubernetes/objects.js';
import { sleep } from '../load.js';
import { call, deployment, deploymentPath, mergePatch, namespace, service } from './support.js';

let platform: EmbeddedKubernetes;
beforeEach(async () => {
  platform = await startEmbeddedKubernetes({ timing: { crashBackOff: 30, readyAfter: 15, linger: 40 } });
});
afterEach(() => platform.close());

const find = (name: string) =>
  platform.objects<Deployment>('deployments', namespace).find(({ metadata }) => metadata.name === name);
const pods = () => platform.objects<Pod>('pods', namespace);
const condition = (type: string) => find('blue')?.status?.conditions?.find(entry => entry.type === type);
const waitingReason = () => pods()[0]?.status?.containerStatuses?.[0]?.state.waiting?.reason;
const start = (kind: string) => ({ annotations: { 'embedded.cutover/start': kind }, replicas: 1 });

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = performance.now() + 5_000;
  while (!holds()) {
    if (performance.now() > deadline) throw new Error(`It did not come to pass: ${what}`);
    await sleep(3);
  }
}

describe('a Deployment', () => {
  test('rolls a new version out without ever having fewer ready pods than it may', async () => {
    const spec = { strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } };
    await platform.apply([deployment('blue', { replicas: 4, spec })]);
    await platform.settled();
    const patch = { spec: { template: { spec: { containers: [{ name: 'web', image: 'hub.example/shop:v2' }] } } } };
    await call(platform, 'PATCH', deploymentPath('blue'), { type: mergePatch, body: patch });
    let fewest = 4;
    let most = 0;
    await until('the rollout ends', () => {
      const active = pods().filter(pod => pod.metadata.deletionTimestamp === undefined);
      const ready = active.filter(pod =>
        pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
      );
      fewest = Math.min(fewest, ready.length);
      most = Math.max(most, active.length);
      const { observedGeneration, replicas, updatedReplicas } = find('blue')?.status ?? {};
      return observedGeneration === 2 && updatedReplicas === 4 && replicas === 4;
    });
    await platform.settled();
    expect([fewest, most]).toEqual([4, 5]);
    expect(platform.instances(namespace).map(({ identity }) => identity.version)).toEqual(['v2', 'v2', 'v2', 'v2']);
    expect(find('blue')?.metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
  });

  test('of strategy Recreate has no pod of two versions at a time', async () => {
    const spec = { strategy: { type: 'Recreate' } };
    await platform.apply([deployment('blue', { spec })]);
    await platform.settled();
    await platform.apply([deployment('blue', { spec, version: 'v2' })]);
    let mixed = false;
    await until('v2 is there', () => {
      const versions = new Set(pods().map(pod => pod.spec.containers[0]?.image));
      mixed ||= versions.size > 1;
      return find('blue')?.status?.readyReplicas === 2 && versions.has('hub.example/shop:v2');
    });
    expect(mixed).toBe(false);
  });

  test('counts a pod as available only after minReadySeconds', async () => {
    await platform.apply([deployment('blue', { replicas: 1, spec: { minReadySeconds: 1 } })]);
    await until('the pod is ready', () => find('blue')?.status?.readyReplicas === 1);
    expect(find('blue')?.status?.availableReplicas).toBeUndefined();
    await until('it is available', () => find('blue')?.status?.availableReplicas === 1);
  });

  test('whose image can not be pulled says so, and misses its progress deadline', async () => {
    await platform.apply([deployment('blue', { ...start('image-pull-error'), spec: { progressDeadlineSeconds: 1 } })]);
    await until('the image fails', () => waitingReason() === 'ErrImagePull');
    await until('the kubelet backs off', () => waitingReason() === 'ImagePullBackOff');
    await until('the deadline is missed', () => condition('Progressing')?.reason === 'ProgressDeadlineExceeded');
    expect(condition('Available')?.status).toBe('False');
    const reasons = platform.objects('events', namespace).map(({ reason }) => reason);
    expect(reasons).toEqual(expect.arrayContaining(['Scheduled', 'Failed', 'BackOff']));
    const log = await call(platform, 'GET', `/api/v1/namespaces/${namespace}/pods/${pods()[0]?.metadata.name}/log`);
    expect([log.status, log.body.message]).toEqual([400, expect.stringContaining('trying and failing to pull image')]);
  });

  test('whose program crashes loops, and keeps the log of the last run', async () => {
    await platform.apply([deployment('blue', start('crash'))]);
    await until('it loops', () => waitingReason() === 'CrashLoopBackOff');
    const status = pods()[0]?.status?.containerStatuses?.[0];
    expect(status?.restartCount).toBeGreaterThan(0);
    expect(status?.lastState.terminated).toMatchObject({ exitCode: 1, reason: 'Error' });
    await platform.settled();
    const path = `/api/v1/namespaces/${namespace}/pods/${pods()[0]?.metadata.name}/log`;
    expect((await call(platform, 'GET', `${path}?previous=true&tailLines=1`)).text).toBe('fatal: could not start\n');
  });

  test('that never gets ready runs all the same, and a name that is no image is told', async () => {
    await platform.apply([deployment('blue', start('never-ready'))]);
    await platform.settled();
    expect([pods()[0]?.status?.phase, find('blue')?.status?.readyReplicas]).toEqual(['Running', undefined]);
    await platform.apply([deployment('green', { version: 'two words', replicas: 1 })]);
    await platform.settled();
    expect(pods().map(pod => pod.status?.containerStatuses?.[0]?.state.waiting?.reason)).toContain('InvalidImageName');
  });

  test('beyond the quota is told by ReplicaFailure, and goes on when there is room', async () => {
    const quota = (hard: object) => ({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'q', namespace },
      spec: { hard },
    });
    await platform.apply([quota({ pods: '1' }), deployment('blue')]);
    await platform.settled();
    expect(condition('ReplicaFailure')).toMatchObject({ status: 'True', reason: 'FailedCreate' });
    expect(condition('ReplicaFailure')?.message).toContain(
      'exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1',
    );
    expect(platform.objects('quota', namespace)[0]?.status).toEqual({ hard: { pods: '1' }, used: { pods: '1' } });
    await platform.apply([quota({ pods: '2' })]);
    await until('there is room', () => find('blue')?.status?.readyReplicas === 2);
    await platform.settled();
    expect(condition('ReplicaFailure')).toBeUndefined();
  });

  test('starts a program again that was killed', async () => {
    await platform.apply([deployment('blue', { replicas: 1 })]);
    await platform.settled();
    const [instance] = platform.instances(namespace);
    instance?.kill();
    await until('it is restarted', () => pods()[0]?.status?.containerStatuses?.[0]?.restartCount === 1);
    await platform.settled();
    expect(find('blue')?.status?.readyReplicas).toBe(1);
    expect(platform.instances(namespace)[0]).not.toBe(instance);
  });

  test('behaves as its annotations say, unless the platform was told otherwise', async () => {
    const answers = { '/healthz': { status: 503 }, '/metrics': { body: 'pending 1\n', delay: '20ms' } };
    const annotations = {
      'embedded.cutover/answers': JSON.stringify(answers),
      'embedded.cutover/ready-after': '80ms',
      'embedded.cutover/fail-after': '150ms',
    };
    const began = performance.now();
    await platform.apply([deployment('blue', { replicas: 1, annotations })]);
    await until('it is ready', () => find('blue')?.status?.readyReplicas === 1);
    expect(performance.now() - began).toBeGreaterThan(80);
    const url = platform.instances(namespace)[0]?.url;
    expect((await fetch(`${url}/healthz`)).status).toBe(503);
    expect(await (await fetch(`${url}/metrics`)).text()).toBe('pending 1\n');
    await sleep(150);
    expect((await fetch(`${url}/`)).status).toBe(500);
  });
});

describe('a StatefulSet', () => {
  test('has numbered pods, one after the other, and updates from the last to the first', async () => {
    const { spec } = deployment('db') as unknown as { spec: object };
    const set = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db', namespace },
      spec: { ...spec, serviceName: 'db' },
    };
    await platform.apply([set]);
    await platform.settled();
    expect(pods().map(({ metadata }) => metadata.name)).toEqual(['db-0', 'db-1']);
    const next = structuredClone(set) as unknown as {
      spec: { template: { spec: { containers: { image: string }[] } } };
    };
    for (const container of next.spec.template.spec.containers) container.image = 'hub.example/shop:v2';
    await platform.apply([next]);
    await until('both are v2', () => {
      const status = platform.objects('sts', namespace)[0]?.status as Record<string, number>;
      return status.updatedReplicas === 2 && status.readyReplicas === 2;
    });
    await platform.settled();
  });
});

describe('deletion', () => {
  beforeEach(async () => {
    await platform.apply([deployment('blue')]);
    await platform.settled();
  });
  const remove = (query: string) => call(platform, 'DELETE', `${deploymentPath('blue')}?${query}`);

  test('in the background: the Deployment goes first, what it owned follows', async () => {
    expect((await remove('')).body.status).toBe('Success');
    expect(find('blue')).toBeUndefined();
    expect(pods()).toHaveLength(2);
    await platform.settled();
    expect([pods(), platform.objects('rs')]).toEqual([[], []]);
  });

  test('in the foreground: the Deployment goes last', async () => {
    const { body } = await remove('propagationPolicy=Foreground');
    expect(body.metadata.finalizers).toEqual(['foregroundDeletion']);
    await until('the pods are gone', () => {
      expect(pods().length > 0 && find('blue') === undefined).toBe(false);
      return find('blue') === undefined;
    });
    expect(platform.objects('rs')).toEqual([]);
  });

  test('without its pods: they stay, and a new Deployment adopts them', async () => {
    await remove('propagationPolicy=Orphan');
    await platform.settled();
    expect(find('blue')).toBeUndefined();
    const before = pods().map(({ metadata }) => metadata.uid);
    expect(before).toHaveLength(2);
    await platform.apply([deployment('blue')]);
    await platform.settled();
    expect(pods().map(({ metadata }) => metadata.uid)).toEqual(before);
  });

  test('of a pod takes its time, and at once where asked', async () => {
    const path = `/api/v1/namespaces/${namespace}/pods/`;
    const [first, second] = pods().map(({ metadata }) => metadata.name);
    const { body } = await call(platform, 'DELETE', `${path}${first}`);
    expect([body.kind, body.metadata.deletionGracePeriodSeconds]).toEqual(['Pod', 30]);
    expect((await call(platform, 'GET', `${path}${first}`)).status).toBe(200);
    await call(platform, 'DELETE', `${path}${second}?gracePeriodSeconds=0`);
    expect((await call(platform, 'GET', `${path}${second}`)).status).toBe(404);
    await platform.settled();
    expect(find('blue')?.status?.readyReplicas).toBe(2);
  });

  test('of a namespace takes everything in it along', async () => {
    await platform.apply([service('blue')]);
    await platform.settled();
    expect((await call(platform, 'DELETE', `/api/v1/namespaces/${namespace}`)).body.status.phase).toBe('Terminating');
    await platform.settled();
    expect((await call(platform, 'GET', `/api/v1/namespaces/${namespace}`)).status).toBe(404);
    expect(platform.objects('services')).toEqual([]);
    expect(platform.dataPlane.instances.size).toBe(0);
  });
});

test('budgets and autoscalers report on the pods they mean', async () => {
  await platform.apply([
    deployment('blue'),
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'b', namespace },
      spec: { minAvailable: 1, selector: { matchLabels: { color: 'blue' } } },
    },
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'h', namespace },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'blue' },
        minReplicas: 3,
        maxReplicas: 5,
      },
    },
  ]);
  await platform.settled();
  expect(platform.objects('pdb')[0]?.status).toMatchObject({
    currentHealthy: 3,
    desiredHealthy: 1,
    disruptionsAllowed: 2,
    expectedPods: 3,
  });
  expect(platform.objects('hpa')[0]?.status).toEqual({ currentReplicas: 3, desiredReplicas: 3 });
});
