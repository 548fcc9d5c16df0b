import { describe, expect, test } from '@jest/globals';
import type { Roles } from '../../../src/platforms/port.js';
import {
  deployment,
  failureLike,
  type House,
  planFor,
  release,
  service,
  shop,
  soon,
  startHouse,
  untilReady,
  yaml,
} from './support.js';

const TARGET = shop();
const BLUE = { app: 'shop', 'cutover/slot': 'shop-blue' };
const REFERENCE = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' };
const AUTOSCALER = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'shop' },
  spec: { scaleTargetRef: REFERENCE, minReplicas: 1, maxReplicas: 2 },
};
const BUDGET = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'shop' },
  spec: { minAvailable: 1, selector: { matchLabels: { app: 'shop' } } },
};
const MANIFEST = yaml(deployment({ version: 'v2' }), AUTOSCALER, BUDGET);

function names({ kube }: House, kind: string): readonly string[] {
  return kube.objects(kind, 'shop').map(object => object.metadata.name);
}

/** Blue live with an autoscaler and a budget of its own, made by hand; green released beside it, blue kept. */
async function switched(): Promise<House> {
  const house = await startHouse({ 'shop.yaml': MANIFEST });
  const named = { name: 'shop-blue', namespace: 'shop' };
  await house.kube.apply([
    deployment({ name: 'shop-blue', labels: BLUE, replicas: 3 }),
    service(BLUE),
    {
      ...AUTOSCALER,
      metadata: named,
      spec: { ...AUTOSCALER.spec, maxReplicas: 3, scaleTargetRef: { ...REFERENCE, name: 'shop-blue' } },
    },
    { ...BUDGET, metadata: named, spec: { ...BUDGET.spec, selector: { matchLabels: BLUE } } },
    {
      ...AUTOSCALER,
      metadata: { name: 'other', namespace: 'shop' },
      spec: { ...AUTOSCALER.spec, scaleTargetRef: { ...REFERENCE, name: 'cart' } },
    },
  ]);
  await house.kube.settled();
  const plan = await planFor(house.platform, TARGET, 'v2');
  await house.platform.deploy(TARGET, plan, soon());
  await untilReady(house.platform, TARGET, plan);
  await house.platform.route(TARGET, plan.previous, plan.next, soon());
  await house.platform.confirm(TARGET, plan.next, plan.green, soon());
  return house;
}

describe('teardown', () => {
  test('deletes the slot and what stands beside it, and answers when its pods are gone', async () => {
    await using house = await switched();
    const changes = await house.platform.teardown(TARGET, 'shop-blue', 'delete', soon());
    expect(changes).toEqual([
      { verb: 'delete', object: 'HorizontalPodAutoscaler shop/shop-blue', detail: '' },
      { verb: 'delete', object: 'PodDisruptionBudget shop/shop-blue', detail: '' },
      { verb: 'delete', object: 'Deployment shop/shop-blue', detail: '' },
    ]);
    expect(names(house, 'deployments')).toEqual(['shop-green']);
    expect(names(house, 'hpa')).toEqual(['other', 'shop-green']);
    expect(names(house, 'pdb')).toEqual(['shop-green']);
    expect(names(house, 'pods').filter(name => name.startsWith('shop-blue'))).toEqual([]);
    expect(await house.platform.teardown(TARGET, 'shop-blue', 'delete', soon())).toEqual([]);
  });

  test('scales to zero, where an autoscaler is off, and leaves that for who scales the slot up again', async () => {
    await using house = await switched();
    const changes = await house.platform.teardown(TARGET, 'shop-blue', 'scale-to-zero', soon());
    expect(changes).toEqual([{ verb: 'scale', object: 'Deployment shop/shop-blue', detail: 'replicas 3 -> 0' }]);
    expect(names(house, 'hpa')).toContain('shop-blue');
    expect(names(house, 'pods').filter(name => name.startsWith('shop-blue'))).toEqual([]);
    expect(await house.platform.teardown(TARGET, 'shop-blue', 'scale-to-zero', soon())).toEqual([]);
    expect(await house.platform.scale(TARGET, 'shop-blue', 3, soon())).toEqual([
      { verb: 'scale', object: 'Deployment shop/shop-blue', detail: 'replicas 0 -> 3' },
    ]);
    expect(names(house, 'hpa')).toContain('shop-blue');
    expect(await house.platform.scale(TARGET, 'shop-blue', 2, soon())).toEqual([]);
  });

  test('keeps what shall be kept', async () => {
    await using house = await switched();
    const before = house.kube.requests.all.length;
    expect(await house.platform.teardown(TARGET, 'shop-blue', 'keep', soon())).toEqual([]);
    expect(house.kube.requests.all.length).toBe(before);
  });

  test('never touches a slot that the Service selects (P7)', async () => {
    await using house = await switched();
    await expect(house.platform.teardown(TARGET, 'shop-green', 'delete', soon())).rejects.toMatchObject(
      failureLike('STILL_LIVE', /Service shop selects app=shop, cutover\/slot=shop-green/),
    );
    expect(names(house, 'deployments')).toContain('shop-green');
  });

  test('never touches a slot whose pods are still listed as endpoints', async () => {
    await using house = await switched();
    const pod = names(house, 'pods').find(name => name.startsWith('shop-blue'));
    const metadata = { name: 'shop-late', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'shop' } };
    const endpoints = [
      {
        addresses: ['10.1.1.1'],
        conditions: { ready: true },
        targetRef: { kind: 'Pod', name: pod, namespace: 'shop' },
      },
    ];
    await house.kube.apply([
      { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, addressType: 'IPv4', endpoints, ports: [] },
    ]);
    await expect(house.platform.teardown(TARGET, 'shop-blue', 'delete', soon())).rejects.toMatchObject(
      failureLike('STILL_LIVE', /Service shop still lists 1 pod of it/),
    );
    expect(house.kube.requests.all.filter(({ method }) => method === 'DELETE')).toEqual([]);
  });

  test('a lost answer of the deletion changes nothing about the end', async () => {
    await using house = await switched();
    house.kube.faults.add({ match: { method: 'DELETE', path: /deployments/ }, answer: 'lose-answer' });
    await house.platform.teardown(TARGET, 'shop-blue', 'delete', soon());
    expect(names(house, 'deployments')).toEqual(['shop-green']);
    expect(names(house, 'pods').filter(name => name.startsWith('shop-blue'))).toEqual([]);
  });

  test('waits no longer than its step', async () => {
    await using house = await switched();
    house.kube.faults.add({ match: { method: 'GET', path: /deployments\?watch/ }, answer: 'hang', times: 9 });
    await expect(house.platform.teardown(TARGET, 'shop-blue', 'delete', soon(300))).rejects.toMatchObject({
      name: 'TimeoutError',
    });
  });
});

describe('an autoscaler', () => {
  test('keeps green at the wanted size until the switch has settled, then is as written', async () => {
    await using house = await switched();
    const spec = () => house.kube.objects('hpa', 'shop').find(({ metadata }) => metadata.name === 'shop-green');
    expect(spec()).toMatchObject({ spec: { minReplicas: 3, maxReplicas: 3, scaleTargetRef: { name: 'shop-green' } } });
    const snapshot = await house.platform.inspect(TARGET, soon());
    const slots = { blue: 'shop-blue', green: 'shop-green' };
    const roles: Roles = { ...slots, version: 'v2', size: 3, teardown: 'delete', way: 'atomic', shares: [] };
    const proposal = await house.platform.propose(TARGET, snapshot, roles, soon());
    const previous = snapshot.routing;
    const plan = { ...roles, target: 'shop', blueVersion: undefined, previous, ...proposal, size: 3, stages: [] };
    expect(await house.platform.settle(TARGET, plan, soon())).toEqual([
      {
        verb: 'update',
        object: 'HorizontalPodAutoscaler shop/shop-green',
        detail: 'for shop-green: minReplicas 3 -> 1',
      },
    ]);
    expect(spec()).toMatchObject({ spec: { minReplicas: 1, maxReplicas: 2 } });
  });

  test('is written in the version that its document names', async () => {
    const old = {
      ...AUTOSCALER,
      apiVersion: 'autoscaling/v1',
      spec: { ...AUTOSCALER.spec, targetCPUUtilizationPercentage: 70 },
    };
    await using house = await startHouse({ 'shop.yaml': yaml(deployment({ version: 'v2' }), old) });
    await house.kube.apply([deployment({ name: 'shop-blue', labels: BLUE, replicas: 3 }), service(BLUE)]);
    await house.kube.settled();
    const plan = await planFor(house.platform, TARGET, 'v2');
    await house.platform.deploy(TARGET, plan, soon());
    await house.platform.settle(TARGET, plan, soon());
    expect(house.kube.objects('hpa', 'shop')).toMatchObject([
      { spec: { minReplicas: 1, metrics: [{ resource: { name: 'cpu', target: { averageUtilization: 70 } } }] } },
    ]);
  });

  test('of an earlier release goes when the manifest has none any more', async () => {
    const files = { 'shop.yaml': MANIFEST, 'plain.yaml': yaml(deployment({ version: 'v4' })) };
    await using house = await startHouse(files);
    await house.kube.apply([deployment({ name: 'shop-blue', labels: BLUE }), service(BLUE)]);
    await house.kube.settled();
    const plan = await planFor(house.platform, TARGET, 'v2');
    await house.platform.deploy(TARGET, plan, soon());
    expect(names(house, 'hpa')).toEqual(['shop-green']);
    const plain = shop({ manifest: 'plain.yaml' });
    const changes = await house.platform.deploy(plain, { ...plan, version: 'v4' }, soon());
    expect(changes).toContainEqual({ verb: 'delete', object: 'HorizontalPodAutoscaler shop/shop-green', detail: '' });
    expect([names(house, 'hpa'), names(house, 'pdb')]).toEqual([[], []]);
  });
});

test('a managed slot without companions is torn down without asking for them', async () => {
  await using house = await startHouse({ 'shop.yaml': yaml(deployment({}), service({ app: 'shop' })) });
  await house.kube.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
  await release(house.platform, TARGET, 'v1');
  await release(house.platform, TARGET, 'v2');
  expect(house.kube.requests.all.filter(({ path }) => /autoscalers|budgets/.test(path))).toEqual([]);
});
