import { describe, expect, test } from '@jest/globals';
import type { Labels } from '../../../src/platforms/kubernetes/objects.js';
import { deployment, planFor, release, service, shop, soon, startHouse, untilReady, yaml } from './support.js';

const MANIFEST = yaml(deployment({}), service({ app: 'shop' }));

function selector(kube: { objects(kind: string, namespace: string): unknown[] }): Labels {
  return (kube.objects('services', 'shop')[0] as { spec: { selector: Labels } }).spec.selector;
}

describe('a release on Kubernetes', () => {
  test('the first one creates the Service at the switch, and the next ones alternate between the slots', async () => {
    await using house = await startHouse({ 'shop.yaml': MANIFEST });
    const { kube, platform } = house;
    await kube.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
    const first = await release(platform, shop({ image: 'registry.example/shop:v1' }), 'v1');
    expect(first.blue).toBeUndefined();
    expect(first.rollbackCommand).toBeUndefined();
    expect(selector(kube)).toEqual({ app: 'shop', 'cutover/slot': 'shop-green' });

    const second = await release(platform, shop({ image: 'registry.example/shop:v2' }), 'v2');
    expect([second.blue, second.green, second.blueVersion]).toEqual(['shop-green', 'shop-blue', 'v1']);
    expect(selector(kube)).toEqual({ app: 'shop', 'cutover/slot': 'shop-blue' });
    expect(kube.objects('deployments', 'shop').map(object => object.metadata.name)).toEqual(['shop-blue']);

    const third = await release(platform, shop({ image: 'registry.example/shop:v3' }), 'v3');
    expect([third.blue, third.green, third.blueVersion]).toEqual(['shop-blue', 'shop-green', 'v2']);
    expect(kube.unknownRequests).toEqual([]);
  });

  test('inspect to teardown makes few requests, however many pods there are', async () => {
    await using house = await startHouse({ 'shop.yaml': MANIFEST });
    const { kube, platform } = house;
    const target = shop();
    await kube.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
    await release(platform, target, 'v1');
    await platform.scale(target, 'shop-green', 30, soon());
    await kube.settled();
    const before = kube.requests.all.length;
    const plan = await planFor(platform, target, 'v2');
    expect(plan.size).toBe(30);
    await platform.preflight(target, plan, soon());
    const looked = kube.requests.all.length - before;
    await platform.deploy(target, plan, soon());
    await untilReady(platform, target, plan);
    await platform.route(target, plan.previous, plan.next, soon());
    await platform.confirm(target, plan.next, plan.green, soon());
    await platform.teardown(target, 'shop-green', 'delete', soon());
    const made = kube.requests.all.slice(before);
    // Blue, green, the Service, its pods; rights, API groups, and ten kinds that may be in the way.
    expect(looked).toBeLessThanOrEqual(16);
    expect(made.length - looked).toBeLessThanOrEqual(20);
    expect(made.filter(({ mutating }) => mutating)).toHaveLength(3);
  });

  test('a green that is on its way out is waited for and made anew, for what is written to it would go with it', async () => {
    await using house = await startHouse({ 'shop.yaml': MANIFEST });
    const { kube, platform } = house;
    const target = shop();
    await kube.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
    await release(platform, target, 'v1');
    const plan = await planFor(platform, target, 'v2');
    await platform.deploy(target, plan, soon());
    await untilReady(platform, target, plan);
    const uid = () => kube.objects('deployments', 'shop').find(one => one.metadata.name === plan.green)?.metadata.uid;
    const before = uid();
    const url = `${kube.url}/apis/apps/v1/namespaces/shop/deployments/${plan.green}?propagationPolicy=Foreground`;
    await fetch(url, { method: 'DELETE', headers: { authorization: `Bearer ${kube.token}` } });
    expect(uid()).toBe(before);
    const changes = await platform.deploy(target, plan, soon());
    expect(changes).toContainEqual(
      expect.objectContaining({ verb: 'delete', detail: expect.stringContaining('is being deleted already') }),
    );
    await untilReady(platform, target, plan);
    expect(uid()).not.toBe(before);
    await using preview = await platform.preview(target, plan.green, soon());
    expect(preview.url).toMatch(/^http/);
  });
});
