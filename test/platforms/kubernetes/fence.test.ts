import { describe, expect, test } from '@jest/globals';
import { failure } from '../../../src/failures.js';
import { worker } from './slots.js';
import { deployment, planFor, release, service, shop, soon, startHouse, untilReady, yaml } from './support.js';

const TARGET = shop();

/** A release of v1 is live, and v2 is ready beside it. */
async function beforeTheSwitch() {
  const house = await startHouse({ 'shop.yaml': yaml(deployment({})) });
  const { platform } = house;
  await house.kube.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
  await house.kube.apply([
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'shop', namespace: 'shop' },
      spec: { selector: { 'cutover/slot': 'shop-blue' }, ports: [{ port: 80, targetPort: 'http' }] },
    },
  ]);
  await release(platform, shop({ slots: { blue: 'shop-green', green: 'shop-blue' } }), 'v1');
  const plan = await planFor(platform, TARGET, 'v2');
  await platform.deploy(TARGET, plan, soon());
  await untilReady(platform, TARGET, plan);
  return { house, platform, plan };
}

describe('a run whose release was taken over between its decision and its write', () => {
  /** Held when first asked; then another run takes over and fences before the write is sent. */
  function takenOverMeanwhile(fence: () => Promise<void>) {
    let asked = 0;
    return async () => {
      asked++;
      if (asked === 1) return fence();
      throw failure('TAKEN_OVER', { holder: 'bob, run 2' });
    };
  }

  test('does not switch the Service', async () => {
    const { house, platform, plan } = await beforeTheSwitch();
    await using _ = house;
    const before = house.kube.routing('shop', 'shop').length;
    const held = takenOverMeanwhile(() => platform.fence(TARGET, 2, soon()));
    await expect(platform.route(TARGET, plan.previous, plan.next, soon(), held)).rejects.toMatchObject({
      code: 'TAKEN_OVER',
    });
    expect(house.kube.routing('shop', 'shop')).toHaveLength(before);
    const [patched] = house.kube.requests.mutating.filter(request => request.status === 409);
    expect(patched).toMatchObject({ method: 'PATCH', path: expect.stringContaining('services/shop') });
  });

  test.each(['delete', 'scale-to-zero'] as const)('does not take the other slot away (%s)', async how => {
    const { house, platform, plan } = await beforeTheSwitch();
    await using _ = house;
    const held = takenOverMeanwhile(() => platform.fence(TARGET, 2, soon()));
    await expect(platform.teardown(TARGET, plan.green, how, soon(), held)).rejects.toMatchObject({
      code: 'TAKEN_OVER',
    });
    const green = house.kube.objects('Deployment', 'shop').find(one => one.metadata.name === plan.green);
    expect(green?.spec).toMatchObject({ replicas: plan.size });
    expect(green?.metadata.annotations).toMatchObject({ 'cutover/fence': '2' });
  });

  test('does not take the further workloads of a slot away either', async () => {
    await using house = await startHouse({ 'shop.yaml': yaml(deployment({}), worker()) });
    await house.kube.apply([
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
      service({ app: 'shop' }),
    ]);
    await release(house.platform, shop({ slots: { blue: 'shop-green', green: 'shop-blue' } }), 'v1');
    const plan = await planFor(house.platform, TARGET, 'v2');
    await house.platform.deploy(TARGET, plan, soon());
    await untilReady(house.platform, TARGET, plan);
    const held = takenOverMeanwhile(() => house.platform.fence(TARGET, 2, soon()));
    await expect(house.platform.teardown(TARGET, plan.green, 'delete', soon(), held)).rejects.toMatchObject({
      code: 'TAKEN_OVER',
    });
    const left = house.kube.objects('Deployment', 'shop').find(({ metadata }) => metadata.name === 'worker-shop-green');
    expect(left?.metadata.annotations).toMatchObject({ 'cutover/fence': '2' });
    expect(left?.metadata.deletionTimestamp).toBeUndefined();
  });

  test('fences a target of which nothing exists yet without a complaint', async () => {
    await using house = await startHouse({ 'shop.yaml': yaml(deployment({})) });
    await house.kube.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
    await house.platform.fence(TARGET, 2, soon());
    expect(house.kube.objects('Deployment', 'shop')).toEqual([]);
  });
});
