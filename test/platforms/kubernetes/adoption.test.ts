import { describe, expect, test } from '@jest/globals';
import type { EmbeddedKubernetes } from '../../../src/embedded/kubernetes/index.js';
import type { Labels } from '../../../src/platforms/kubernetes/objects.js';
import {
  deployment,
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

function selectorOf(kube: EmbeddedKubernetes, name = 'shop'): Labels {
  const found = kube.objects('services', 'shop').find(object => object.metadata.name === name);
  return (found as unknown as { spec: { selector: Labels } }).spec.selector;
}

/** The slots that new connections reached, moment by moment; the beginning is left out. */
function reached(kube: EmbeddedKubernetes, from: number, name = 'shop'): readonly (readonly string[])[] {
  return kube
    .routing('shop', name)
    .slice(from)
    .map(moment => moment.slots);
}

/** A live blue that people made by hand, and what the routing's history was until then. */
async function liveBlue(house: House, ...objects: readonly object[]): Promise<number> {
  await house.kube.apply(objects);
  await house.kube.settled();
  return house.kube.routing('shop', 'shop').length;
}

function neverEmptyNeverMixed(kube: EmbeddedKubernetes, from: number): void {
  const moments = reached(kube, from);
  expect(moments.length).toBeGreaterThan(0);
  expect(moments.filter(slots => slots.length !== 1)).toEqual([]);
}

describe('a Service that exists already is taken over without an empty or a mixed moment', () => {
  test('plain labels: green gets a label of its own, and the Service is written once', async () => {
    const manifest = yaml(deployment({ version: 'v2' }), service({ app: 'shop' }));
    await using house = await startHouse({ 'shop.yaml': manifest });
    const { kube, platform } = house;
    const from = await liveBlue(house, deployment({ name: 'shop-blue' }), service({ app: 'shop' }));
    const plan = await release(platform, shop(), 'v2');
    expect(plan.adopted).toBeUndefined();
    expect(selectorOf(kube)).toEqual({ app: 'shop-green', 'cutover/slot': 'shop-green' });
    neverEmptyNeverMixed(kube, from);

    await release(platform, shop({ image: 'registry.example/shop:v3' }), 'v3');
    expect(selectorOf(kube)).toEqual({ app: 'shop', 'cutover/slot': 'shop-blue' });
    neverEmptyNeverMixed(kube, from);
  });

  test('version labels in pods and Service, as in the walk-through: slots may be fixed names', async () => {
    const manifest = yaml(deployment({ version: 'v2', labels: { app: 'myapp', version: 'v2' } }));
    await using house = await startHouse({ 'shop.yaml': manifest });
    const { kube, platform } = house;
    const blue = deployment({ name: 'myapp-v1', labels: { app: 'myapp', version: 'v1' } });
    const from = await liveBlue(house, blue, service({ app: 'myapp', version: 'v1' }));
    const plan = await release(platform, shop({ slots: { blue: 'myapp-v1', green: 'myapp-v2' } }), 'v2');
    expect(plan.adopted).toBeUndefined();
    expect(selectorOf(kube)).toEqual({ app: 'myapp', version: 'v2', 'cutover/slot': 'myapp-v2' });
    neverEmptyNeverMixed(kube, from);
  });

  test('version labels in the pods only: the Service is narrowed to the live pods first', async () => {
    const labels = { app: 'myapp', version: 'v2' };
    await using house = await startHouse({ 'shop.yaml': yaml(deployment({ version: 'v2', labels })) });
    const { kube, platform } = house;
    const blue = deployment({ name: 'shop-blue', labels: { app: 'myapp', version: 'v1' } });
    const from = await liveBlue(house, blue, service({ app: 'myapp' }));
    const target = shop();
    const plan = await planFor(platform, target, 'v2');
    expect(plan.adopted?.routes.map(route => [route.slot, route.text])).toEqual([
      ['shop-blue', 'app=myapp, version=v1'],
    ]);
    expect(plan.rollbackCommand).toBe(
      'kubectl -n shop patch service shop --type=json -p \'[{"op":"replace","path":"/spec/selector","value":{"app":"myapp","version":"v1"}}]\'',
    );
    const evidence = await platform.route(target, plan.previous, plan.adopted ?? plan.previous, soon());
    expect(evidence).toMatchObject([{ route: 'service/shop', from: 'app=myapp', to: 'app=myapp, version=v1' }]);
    await platform.deploy(target, plan, soon());
    await untilReady(platform, target, plan);
    await platform.route(target, plan.adopted ?? plan.previous, plan.next, soon());
    await kube.settled();
    neverEmptyNeverMixed(kube, from);
    expect(reached(kube, from).at(-1)).toEqual(['shop-green']);

    await platform.route(target, plan.next, plan.adopted ?? plan.previous, soon());
    expect(await platform.confirm(target, plan.adopted ?? plan.previous, 'shop-blue', soon())).toMatchObject({
      verdict: 'pass',
    });
    neverEmptyNeverMixed(kube, from);
  });

  test('a broken blue is adopted all the same, but nobody goes back to it', async () => {
    const labels = { app: 'myapp', version: 'v2' };
    await using house = await startHouse({ 'shop.yaml': yaml(deployment({ version: 'v2', labels })) });
    const { platform } = house;
    const broken = { 'embedded.cutover/start': 'never-ready' };
    const blue = deployment({
      name: 'shop-blue',
      labels: { app: 'myapp', version: 'v1' },
      templateAnnotations: broken,
    });
    await liveBlue(house, blue, service({ app: 'myapp' }));
    const target = shop();
    const plan = await planFor(platform, target, 'v2');
    const adopted = plan.adopted ?? plan.previous;
    expect(await platform.route(target, plan.previous, adopted, soon())).toHaveLength(1);
    await platform.deploy(target, plan, soon());
    await untilReady(platform, target, plan);
    await platform.route(target, adopted, plan.next, soon());
    await expect(platform.route(target, plan.next, adopted, soon())).rejects.toMatchObject({ code: 'NO_LONGER_READY' });
  });

  test('foreign labels: only keys that green carries are kept', async () => {
    const labels = { 'app.kubernetes.io/name': 'shop', 'app.kubernetes.io/instance': 'prod' };
    await using house = await startHouse({ 'shop.yaml': yaml(deployment({ version: 'v2', labels })) });
    const { kube, platform } = house;
    const live = { ...labels, 'helm.sh/chart': 'shop-1' };
    const from = await liveBlue(house, deployment({ name: 'shop-blue', labels: live }), service(live));
    await release(platform, shop(), 'v2');
    expect(selectorOf(kube)).toEqual({ ...labels, 'cutover/slot': 'shop-green' });
    neverEmptyNeverMixed(kube, from);
  });

  test('several Services of one target follow together', async () => {
    await using house = await startHouse({ 'shop.yaml': yaml(deployment({ version: 'v2' })) });
    const { kube, platform } = house;
    const blue = deployment({ name: 'shop-blue' });
    const from = await liveBlue(house, blue, service({ app: 'shop' }), service({ app: 'shop' }, 'admin'));
    await release(platform, shop({ routes: ['service/shop', 'service/admin'] }), 'v2');
    const wanted = { app: 'shop-green', 'cutover/slot': 'shop-green' };
    expect([selectorOf(kube), selectorOf(kube, 'admin')]).toEqual([wanted, wanted]);
    neverEmptyNeverMixed(kube, from);
  });

  test('a green that exists with a selector of its own keeps it when the labels can be made to fit', async () => {
    await using house = await startHouse({ 'shop.yaml': yaml(deployment({ version: 'v2' })) });
    const { kube, platform } = house;
    const blue = deployment({ name: 'shop-blue', labels: { app: 'shop', 'cutover/slot': 'shop-blue' } });
    const old = deployment({ name: 'shop-green', replicas: 0, labels: { app: 'shop', tier: 'web' } });
    await liveBlue(house, blue, old, service({ app: 'shop', 'cutover/slot': 'shop-blue' }));
    const plan = await planFor(platform, shop(), 'v2');
    const changes = await platform.deploy(shop(), plan, soon());
    expect(changes).toEqual([
      {
        verb: 'update',
        object: 'Deployment shop/shop-green',
        detail: 'version v2, replicas 0 -> 2, image of web registry.example/shop:v1 -> registry.example/shop:v2',
      },
    ]);
    const [green] = kube.objects('deployments', 'shop').filter(object => object.metadata.name === 'shop-green');
    expect(green).toMatchObject({ spec: { selector: { matchLabels: { app: 'shop', tier: 'web' } } } });
  });

  test('a green whose selector cannot fit is made anew, and the plan says so', async () => {
    await using house = await startHouse({ 'shop.yaml': yaml(deployment({ version: 'v2' })) });
    const { kube, platform } = house;
    const blue = deployment({ name: 'shop-blue', labels: { app: 'shop', 'cutover/slot': 'shop-blue' } });
    const old = deployment({ name: 'shop-green', replicas: 1, labels: { app: 'other' } });
    await liveBlue(house, blue, old, service({ app: 'shop', 'cutover/slot': 'shop-blue' }));
    const uid = kube.objects('deployments', 'shop').find(({ metadata }) => metadata.name === 'shop-green')
      ?.metadata.uid;
    const plan = await planFor(platform, shop(), 'v2');
    const said = {
      verb: 'delete',
      object: 'Deployment shop/shop-green',
      detail: 'its selector (app=other) cannot be changed and does not fit the new labels, so it is made anew',
    };
    expect(plan.changes).toContainEqual(said);
    expect(await platform.deploy(shop(), plan, soon())).toContainEqual(said);
    await untilReady(platform, shop(), plan);
    const now = kube.objects('deployments', 'shop').find(({ metadata }) => metadata.name === 'shop-green');
    expect(now?.metadata.uid).not.toBe(uid);
    expect(now).toMatchObject({ spec: { selector: { matchLabels: { 'cutover/slot': 'shop-green' } } } });
  });
});
