import { describe, expect, test } from '@jest/globals';
import type { Workload } from '../../../src/platforms/kubernetes/objects.js';
import { names, worker } from './slots.js';
import {
  deployment,
  failureLike,
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
const AUTOSCALER = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'worker' },
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'worker' }, maxReplicas: 5 },
};
const MANIFEST = yaml(worker(), AUTOSCALER, deployment({}), service({ app: 'shop' }));
const NAMESPACE = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };

async function houseWithBlue() {
  const house = await startHouse({ 'shop.yaml': MANIFEST });
  await house.kube.apply([NAMESPACE]);
  await release(house.platform, TARGET, 'v1');
  return house;
}

describe('a slot of several workloads', () => {
  test('is deployed, switched and taken away as one; the one that the route leads to has its name', async () => {
    await using house = await houseWithBlue();
    expect(names(house, 'deployments')).toEqual(['shop-green', 'worker-shop-green']);
    expect(names(house, 'hpa')).toEqual(['worker-shop-green']);
    await release(house.platform, TARGET, 'v2');
    expect(names(house, 'deployments')).toEqual(['shop-blue', 'worker-shop-blue']);
    expect(names(house, 'hpa')).toEqual(['worker-shop-blue']);
    expect(house.kube.unknownRequests).toEqual([]);
  });

  test('its workloads never select the pods of each other', async () => {
    await using house = await houseWithBlue();
    const selectors = house.kube.objects<Workload>('deployments', 'shop').map(one => one.spec.selector.matchLabels);
    expect(selectors).toEqual([
      { 'cutover/slot': 'shop-green', 'cutover/workload': 'shop' },
      { 'cutover/slot': 'shop-green', 'cutover/workload': 'worker' },
    ]);
  });

  test('each gets the size that its counterpart in blue has now, and the plan says so', async () => {
    await using house = await houseWithBlue();
    const { kube, platform } = house;
    const blue = kube
      .objects<Workload>('deployments', 'shop')
      .find(({ metadata }) => metadata.name === 'worker-shop-green');
    await kube.apply([{ ...blue, spec: { ...blue?.spec, replicas: 4 } }]);
    await kube.settled();
    const plan = await planFor(platform, TARGET, 'v2');
    expect(plan.changes).toContainEqual({
      verb: 'create',
      object: 'Deployment shop/worker-shop-blue',
      detail: expect.stringMatching(/version v2, replicas 4, image of work/),
    });
    expect(plan.changes.filter(({ verb }) => verb === 'delete').map(({ object }) => object)).toEqual([
      'Deployment shop/worker-shop-green',
      'HorizontalPodAutoscaler shop/worker-shop-green',
      'Deployment shop/shop-green',
    ]);
    await platform.deploy(TARGET, plan, soon());
    await untilReady(platform, TARGET, plan);
    const green = kube
      .objects<Workload>('deployments', 'shop')
      .find(({ metadata }) => metadata.name === 'worker-shop-blue');
    expect(green?.spec.replicas).toBe(4);
  });

  test('is ready only when all of it is: a worker that does not start keeps the traffic away (P1)', async () => {
    await using house = await startHouse(
      { 'shop.yaml': MANIFEST },
      { behaviour: pod => (pod.metadata.labels?.app === 'worker' ? { start: 'never-ready' } : {}) },
    );
    const { kube, platform } = house;
    await kube.apply([NAMESPACE]);
    const plan = await planFor(platform, TARGET, 'v1');
    await platform.deploy(TARGET, plan, soon());
    const signal = AbortSignal.timeout(600);
    const seen: string[] = [];
    const follow = async () => {
      for await (const { complete, text } of platform.readiness(TARGET, plan.green, plan, signal)) {
        seen.push(text);
        if (complete) return;
      }
    };
    await expect(follow()).rejects.toThrow();
    expect(seen.at(-1)).toMatch(/^shop-green 2\/2 ready; worker-shop-green 0\/1 ready/);
  });

  test('loses what the manifest no longer has', async () => {
    await using house = await houseWithBlue();
    const { platform } = house;
    await platform.deploy(TARGET, await planFor(platform, TARGET, 'v2'), soon());
    expect(names(house, 'deployments')).toContain('worker-shop-blue');
    const { writeFile } = await import('node:fs/promises');
    await writeFile(`${house.workspace}/shop.yaml`, yaml(deployment({}), service({ app: 'shop' })));
    await platform.deploy(TARGET, await planFor(platform, TARGET, 'v3'), soon());
    expect(names(house, 'deployments')).toEqual(['shop-blue', 'shop-green', 'worker-shop-green']);
    expect(names(house, 'hpa')).toEqual(['worker-shop-green']);
  });

  test('whose worker the live Service would select at once is refused before anything of it is written (P3)', async () => {
    const manifest = yaml(deployment({}), { ...worker(), spec: { ...deployment({ name: 'worker' }).spec } });
    await using house = await startHouse({ 'shop.yaml': manifest });
    const { kube, platform } = house;
    await kube.apply([deployment({ name: 'shop-blue' }), service({ app: 'shop' })]);
    await kube.settled();
    const plan = await planFor(platform, TARGET, 'v2');
    kube.requests.clear();
    await expect(platform.deploy(TARGET, plan, soon())).rejects.toMatchObject(
      failureLike('WOULD_MIX', /pods of worker-shop-green/),
    );
    expect(kube.requests.mutating).toEqual([]);
  });
});
