import { describe, expect, test } from '@jest/globals';
import type { Finding } from '../../../src/release/model.js';
import {
  deployment,
  failureLike,
  type House,
  planFor,
  service,
  shop,
  soon,
  startHouse,
  untilReady,
  yaml,
} from './support.js';

const BLUE = { app: 'shop', version: 'v1' };
const MANIFEST = yaml(deployment({ labels: { app: 'shop', version: 'v2' }, version: 'v2' }));
const SHOP = shop();

/** Blue behind the Service shop, and these objects beside it. */
async function houseWith(objects: readonly object[], manifest = MANIFEST): Promise<House> {
  const house = await startHouse({ 'shop.yaml': manifest });
  await house.kube.apply([deployment({ name: 'shop-blue', labels: BLUE }), service(BLUE), ...objects]);
  await house.kube.settled();
  return house;
}

async function findings(
  objects: readonly object[],
  { manifest = MANIFEST, target = SHOP, ...roles }: { manifest?: string; target?: typeof SHOP; teardown?: 'keep' } = {},
): Promise<readonly Finding[]> {
  await using house = await houseWith(objects, manifest);
  return await house.platform.preflight(target, await planFor(house.platform, target, 'v2', roles), soon());
}

const unnamed = (found: readonly Finding[]) => found.filter(({ code }) => code === 'UNNAMED_SERVICE');

describe('a Service that selects pods of the target and is none of its routes', () => {
  test('is refused where green would get its traffic before the switch', async () => {
    expect(unnamed(await findings([service({ app: 'shop' }, 'shop-internal')]))).toEqual([
      {
        severity: 'error',
        code: 'UNNAMED_SERVICE',
        target: 'shop',
        message:
          'Service shop-internal selects app=shop and is none of the routes: it sends traffic to shop-blue, which is live, and to shop-green as soon as that is ready, before any switch.',
        remedy:
          'Name service/shop-internal among the routes of the target, or under unswitched if it is meant to select both.',
      },
    ]);
  });

  test('is refused where it would be left without a pod when blue is taken away', async () => {
    const [found] = unnamed(await findings([service(BLUE, 'shop-internal')]));
    expect(found).toMatchObject({
      severity: 'error',
      message: expect.stringContaining('it sends traffic to shop-blue, which is live, and would be left without a pod'),
    });
  });

  test('is told of where blue is kept', async () => {
    const found = unnamed(await findings([service(BLUE, 'shop-internal')], { teardown: 'keep' }));
    expect(found).toMatchObject([{ severity: 'warning' }]);
  });

  test('is refused, too, where the manifest brings it and the release would make it', async () => {
    const manifest = `${MANIFEST}\n---\n${yaml(service({ app: 'shop' }, 'metrics'))}`;
    expect(unnamed(await findings([], { manifest }))).toMatchObject([{ severity: 'error' }]);
  });

  test('is fine when the target says so', async () => {
    const target = shop({ unswitched: ['service/shop-internal'] });
    expect(await findings([service({ app: 'shop' }, 'shop-internal')], { target })).toEqual([]);
  });

  test('is nobody’s business when it selects others', async () => {
    const cart = [deployment({ name: 'cart', labels: { app: 'cart' } }), service({ app: 'cart' }, 'cart')];
    expect(await findings(cart)).toEqual([]);
  });

  test('is only told of where both slots work at once by design, and refused where it would lose its pods', async () => {
    const target = shop({ routes: 'none' });
    const both = unnamed(await findings([service({ app: 'shop' })], { target }));
    expect(both).toMatchObject([{ severity: 'warning' }]);
    expect(unnamed(await findings([], { target }))).toMatchObject([{ severity: 'error' }]);
  });

  test('may be one for each slot when a route names them', async () => {
    const route = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'shop', namespace: 'shop' },
      spec: { rules: [{ backendRefs: [{ name: 'shop', port: 80 }] }] },
    };
    const target = shop({ routes: ['httproute/shop'] });
    expect(unnamed(await findings([route], { target }))).toEqual([]);
  });

  test.each(['delete', 'scale-to-zero'] as const)('keeps the slot from being taken away (%s, P7)', async how => {
    await using house = await houseWith([]);
    const plan = await planFor(house.platform, SHOP, 'v2');
    await house.platform.deploy(SHOP, plan, soon());
    await untilReady(house.platform, SHOP, plan);
    await house.platform.route(SHOP, plan.previous, plan.next, soon());
    await house.kube.apply([service(BLUE, 'shop-internal')]);
    await house.kube.settled();
    await expect(house.platform.teardown(SHOP, 'shop-blue', how, soon())).rejects.toMatchObject(
      failureLike('STILL_LIVE', /Service shop-internal, which is none of the routes, selects app=shop, version=v1/),
    );
    expect(house.kube.objects('pods', 'shop').filter(pod => pod.metadata.name.startsWith('shop-blue'))).toHaveLength(2);
    const consenting = shop({ unswitched: ['service/shop-internal'] });
    await house.platform.teardown(consenting, 'shop-blue', how, soon());
    expect(house.kube.objects('pods', 'shop').filter(pod => pod.metadata.name.startsWith('shop-blue'))).toEqual([]);
  });
});

test('who may not list Services is told that others were not looked at, and can take blue away', async () => {
  await using house = await houseWith([service(BLUE, 'shop-internal')]);
  const plan = await planFor(house.platform, SHOP, 'v2');
  await house.platform.deploy(SHOP, plan, soon());
  await untilReady(house.platform, SHOP, plan);
  await house.platform.route(SHOP, plan.previous, plan.next, soon());
  const token = house.kube.authority.addUser('robot', [
    { verbs: ['get'], groups: [''], resources: ['services'] },
    { verbs: ['list', 'watch'], groups: [''], resources: ['pods'] },
    { verbs: ['get', 'list', 'watch', 'delete'], groups: ['apps'], resources: ['deployments'] },
    { verbs: ['list', 'watch'], groups: ['discovery.k8s.io'], resources: ['endpointslices'] },
    { verbs: ['list'], groups: ['autoscaling'], resources: ['horizontalpodautoscalers'] },
    { verbs: ['list'], groups: ['policy'], resources: ['poddisruptionbudgets'] },
  ]);
  const robot = await house.another({ kubeconfig: house.kube.kubeconfig(token) });
  const back = await planFor(robot, shop({ manifest: undefined }), 'v1');
  expect(await robot.preflight(shop({ manifest: undefined }), back, soon())).toContainEqual(
    expect.objectContaining({ code: 'NOT_LOOKED_AT', message: expect.stringMatching(/ services[:,]/) }),
  );
  await robot.teardown(shop({ manifest: undefined }), 'shop-blue', 'delete', soon());
  expect(house.kube.objects('deployments', 'shop').map(({ metadata }) => metadata.name)).toEqual(['shop-green']);
});

test('a slot whose name begins with that of the other one is not taken for it', async () => {
  const target = shop({ slots: { blue: 'shop', green: 'shop-2' } });
  await using house = await startHouse({ 'shop.yaml': MANIFEST });
  await house.kube.apply([
    deployment({ name: 'shop', labels: { app: 'shop' } }),
    deployment({ name: 'shop-2', labels: { app: 'shop', 'cutover/slot': 'shop-2' } }),
    service({ app: 'shop', 'cutover/slot': 'shop-2' }),
  ]);
  await house.kube.settled();
  await house.platform.teardown(target, 'shop', 'delete', soon());
  expect(house.kube.objects('deployments', 'shop').map(({ metadata }) => metadata.name)).toEqual(['shop-2']);
});
