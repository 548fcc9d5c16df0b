import { describe, expect, test } from '@jest/globals';
import type { Pod, Workload } from '../../../src/platforms/kubernetes/objects.js';
import { database, names } from './slots.js';
import { planFor, release, service, shop, soon, startHouse, untilReady, yaml } from './support.js';

const TARGET = shop();
const MANIFEST = yaml(...database(), service({ app: 'shop' }));
const NAMESPACE = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };

async function houseWithBlue(manifest = MANIFEST) {
  const house = await startHouse({ 'shop.yaml': manifest });
  await house.kube.apply([NAMESPACE]);
  await release(house.platform, shop({ image: 'registry.example/shop:v1' }), 'v1');
  return house;
}

describe('a slot that is a StatefulSet', () => {
  test('is cut over with pods, claims and a governing Service of its own', async () => {
    await using house = await houseWithBlue();
    const { kube, platform } = house;
    expect(names(house, 'statefulsets')).toEqual(['shop-green']);
    expect(names(house, 'services')).toEqual(['peers-shop-green', 'shop']);
    const plan = await planFor(platform, TARGET, 'v2');
    expect([plan.blue, plan.green, plan.size]).toEqual(['shop-green', 'shop-blue', 2]);
    await release(platform, TARGET, 'v2');
    expect(names(house, 'statefulsets')).toEqual(['shop-blue']);
    expect(names(house, 'services')).toEqual(['peers-shop-blue', 'shop']);
    expect(names(house, 'pods')).toEqual(['shop-blue-0', 'shop-blue-1']);
    const [set] = kube.objects<Workload>('statefulsets', 'shop');
    expect(set?.spec).toMatchObject({
      serviceName: 'peers-shop-blue',
      selector: { matchLabels: { 'cutover/slot': 'shop-blue' } },
    });
    expect(kube.unknownRequests).toEqual([]);
  });

  test('starts its pods in their order, and is ready when the last one is', async () => {
    await using house = await houseWithBlue();
    const { kube, platform } = house;
    const plan = await planFor(platform, TARGET, 'v2');
    await platform.deploy(TARGET, plan, soon());
    await untilReady(platform, TARGET, plan);
    const started = kube.objects<Pod>('pods', 'shop').filter(({ metadata }) => metadata.name.startsWith('shop-blue'));
    const times = started.map(({ metadata }) => String(metadata.creationTimestamp));
    expect(started.map(({ metadata }) => metadata.name)).toEqual(['shop-blue-0', 'shop-blue-1']);
    expect([...times].sort()).toEqual(times);
  });

  test('that is left from a failed release is made anew, since a stuck one stays stuck', async () => {
    await using house = await houseWithBlue();
    const { kube, platform } = house;
    const broken = await planFor(platform, TARGET, 'broken');
    await platform.deploy(TARGET, broken, soon());
    const uid = () =>
      kube.objects<Workload>('statefulsets', 'shop').find(one => one.metadata.name === 'shop-blue')?.metadata.uid;
    const before = uid();
    await platform.deploy(TARGET, broken, soon());
    expect(uid()).toBe(before);
    const plan = await planFor(platform, TARGET, 'v2');
    await platform.deploy(TARGET, plan, soon());
    expect(uid()).not.toBe(before);
    await untilReady(platform, TARGET, plan);
  });

  test('may take the place of a Deployment, and is scaled to zero and up again', async () => {
    await using house = await startHouse({ 'shop.yaml': MANIFEST });
    const { kube, platform } = house;
    const labels = { app: 'shop', 'cutover/slot': 'shop-blue' };
    const { deployment } = await import('./support.js');
    await kube.apply([deployment({ name: 'shop-blue', labels, replicas: 3 }), service(labels)]);
    await kube.settled();
    const plan = await release(platform, TARGET, 'v2');
    expect([plan.blue, plan.size]).toEqual(['shop-blue', 3]);
    expect(names(house, 'deployments')).toEqual([]);
    const next = await planFor(platform, TARGET, 'v3');
    await platform.deploy(TARGET, next, soon());
    await untilReady(platform, TARGET, next);
    await platform.route(TARGET, next.previous, next.next, soon());
    await platform.confirm(TARGET, next.next, next.green, soon());
    await platform.teardown(TARGET, 'shop-green', 'scale-to-zero', soon());
    expect(names(house, 'pods')).toEqual(['shop-blue-0', 'shop-blue-1', 'shop-blue-2']);
    expect(await platform.scale(TARGET, 'shop-green', 3, soon())).toMatchObject([
      { verb: 'scale', object: 'StatefulSet shop/shop-green', detail: 'replicas 0 -> 3' },
    ]);
  });
});
