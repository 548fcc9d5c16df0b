import { describe, expect, test } from '@jest/globals';
import type { KubernetesObject } from '../../../src/platforms/kubernetes/objects.js';
import { names, worker } from './slots.js';
import {
  failureLike,
  type House,
  planFor,
  release,
  rolesOf,
  shop,
  soon,
  startHouse,
  untilReady,
  yaml,
} from './support.js';

const TARGET = shop({ routes: 'none' });
const FILES = { 'shop.yaml': yaml(worker('shop', 2)) };
const NAMESPACE = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } };

function marked({ kube }: House): unknown {
  const found = kube
    .objects<KubernetesObject>('configmaps', 'shop')
    .find(one => one.metadata.name === 'cutover-live.shop');
  return (found?.data as { slot?: string } | undefined)?.slot;
}

/** Blue as somebody made it by hand, and nothing that says that it is live. */
async function houseWithStranger(): Promise<House> {
  const house = await startHouse(FILES);
  await house.kube.apply([worker('shop-blue', 3)]);
  await house.kube.settled();
  return house;
}

describe('workers without a route', () => {
  test('are cut over by their scale: green is up and ready before blue goes', async () => {
    await using house = await startHouse(FILES);
    await house.kube.apply([NAMESPACE]);
    const first = await release(house.platform, TARGET, 'v1');
    expect([first.blue, marked(house)]).toEqual([undefined, 'shop-green']);
    const plan = await planFor(house.platform, TARGET, 'v2');
    expect([plan.blue, plan.green, plan.size]).toEqual(['shop-green', 'shop-blue', 2]);
    await house.platform.deploy(TARGET, plan, soon());
    await untilReady(house.platform, TARGET, plan);
    const written = await house.platform.route(TARGET, plan.previous, plan.next, soon());
    expect(written).toMatchObject([{ route: 'workers/shop', from: 'shop-green is live', to: 'shop-blue is live' }]);
    expect(names(house, 'pods')).toHaveLength(4);
    await house.platform.teardown(TARGET, 'shop-green', 'delete', soon());
    expect([names(house, 'deployments'), marked(house)]).toEqual([['shop-blue'], 'shop-blue']);
    expect(house.kube.unknownRequests).toEqual([]);
  });

  test('that somebody made are taken over: what is at work is written down before green begins (P5)', async () => {
    await using house = await houseWithStranger();
    const { platform } = house;
    const plan = await planFor(platform, TARGET, 'v2');
    expect([plan.blue, plan.size, plan.adopted?.routes[0]?.text]).toEqual(['shop-blue', 3, 'shop-blue is live']);
    expect(plan.changes).toContainEqual({
      verb: 'create',
      object: 'ConfigMap shop/cutover-live.shop',
      detail: 'says that shop-blue is live',
    });
    await platform.route(TARGET, plan.previous, plan.adopted ?? plan.previous, soon());
    await platform.deploy(TARGET, plan, soon());
    expect((await platform.inspect(TARGET, soon())).live).toBe('shop-blue');
  });

  test('of a green that is up and not switched to are not live, whoever asks (P6)', async () => {
    await using house = await startHouse(FILES);
    await house.kube.apply([NAMESPACE]);
    const plan = await planFor(house.platform, TARGET, 'v1');
    await house.platform.deploy(TARGET, plan, soon());
    await untilReady(house.platform, TARGET, plan);
    expect((await house.platform.inspect(TARGET, soon())).live).toBeUndefined();
  });

  test('are not switched to while some of them are missing (P1)', async () => {
    await using house = await houseWithStranger();
    const { platform } = house;
    const plan = await planFor(platform, TARGET, 'v2');
    await platform.route(TARGET, plan.previous, plan.adopted ?? plan.previous, soon());
    await platform.deploy(TARGET, { ...plan, size: 1 }, soon());
    await untilReady(platform, TARGET, { ...plan, size: 1 });
    const writing = platform.route(TARGET, plan.adopted ?? plan.previous, plan.next, soon());
    await expect(writing).rejects.toMatchObject(failureLike('NO_LONGER_READY', /1 of 3 pods are ready/));
    expect(marked(house)).toBe('shop-blue');
  });

  test('are not switched when somebody else did meanwhile (P4)', async () => {
    await using house = await startHouse(FILES);
    await house.kube.apply([NAMESPACE]);
    const { platform } = house;
    await release(platform, TARGET, 'v1');
    const plan = await planFor(platform, TARGET, 'v2');
    await platform.deploy(TARGET, plan, soon());
    await untilReady(platform, TARGET, plan);
    const [marker] = house.kube.objects<KubernetesObject>('configmaps', 'shop').filter(one => one.data !== undefined);
    await house.kube.apply([{ ...marker, data: { slot: 'somebody-elses' } }]);
    const writing = platform.route(TARGET, plan.previous, plan.next, soon());
    await expect(writing).rejects.toMatchObject(failureLike('ROUTE_CHANGED', /shop-green.*somebody-elses/));
  });

  test('that are live are not taken away, marked or not (P7)', async () => {
    await using house = await houseWithStranger();
    const { platform } = house;
    const tearing = () => platform.teardown(TARGET, 'shop-blue', 'delete', soon());
    await expect(tearing()).rejects.toMatchObject(failureLike('STILL_LIVE', /No ConfigMap/));
    const plan = await planFor(platform, TARGET, 'v2');
    await platform.route(TARGET, plan.previous, plan.adopted ?? plan.previous, soon());
    await expect(tearing()).rejects.toMatchObject(failureLike('STILL_LIVE', /says that it is live/));
  });

  test('go back by the marker, and the command for it stops green as well', async () => {
    await using house = await startHouse(FILES);
    await house.kube.apply([NAMESPACE]);
    const { platform } = house;
    await release(platform, TARGET, 'v1');
    const plan = await planFor(platform, TARGET, 'v2');
    expect(plan.rollbackCommand).toBe(
      `kubectl -n shop patch configmap cutover-live.shop --type=merge -p '{"data":{"slot":"shop-green"}}' && kubectl -n shop scale deployment shop-blue --replicas=0`,
    );
    await platform.deploy(TARGET, plan, soon());
    await untilReady(platform, TARGET, plan);
    await platform.route(TARGET, plan.previous, plan.next, soon());
    expect(await platform.confirm(TARGET, plan.next, plan.green, soon())).toMatchObject({ verdict: 'pass' });
    await platform.route(TARGET, plan.next, plan.previous, soon());
    expect(await platform.confirm(TARGET, plan.next, plan.green, soon())).toMatchObject({ verdict: 'fail' });
    expect(marked(house)).toBe('shop-green');
  });

  test('know no shares, which is said before anything is written', async () => {
    await using house = await houseWithStranger();
    const snapshot = await house.platform.inspect(TARGET, soon());
    const roles = rolesOf(snapshot, TARGET, 'v2', { way: 'steps', shares: [10, 100] });
    await expect(house.platform.propose(TARGET, snapshot, roles, soon())).rejects.toMatchObject(
      failureLike('STEPS_IMPOSSIBLE', /routes: none/),
    );
  });

  test('a run that was silent cannot move them any more once another took over (P9)', async () => {
    await using house = await startHouse(FILES);
    await house.kube.apply([NAMESPACE]);
    await release(house.platform, TARGET, 'v1');
    const before = house.kube.objects<KubernetesObject>('configmaps', 'shop').map(one => one.metadata.resourceVersion);
    await house.platform.fence(TARGET, 7, soon());
    const after = house.kube.objects<KubernetesObject>('configmaps', 'shop').map(one => one.metadata.resourceVersion);
    expect(after).not.toEqual(before);
  });
});
