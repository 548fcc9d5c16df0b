import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { differences } from '../../../src/platforms/kubernetes/differences.js';
import type { Change } from '../../../src/release/model.js';
import { deployment, planFor, release, service, shop, soon, startHouse, yaml } from './support.js';

const BLUE = { app: 'shop', 'cutover/slot': 'shop-blue' };
const named = (name: string) => ({ name, namespace: 'shop' });
const settings = (data: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: named('settings'), data });

function shopWith(container: object, labels: Readonly<Record<string, string>> = { app: 'shop' }, name = 'shop') {
  const base = deployment({ name, labels });
  const containers = [{ ...base.spec.template.spec.containers[0], ...container }];
  return { ...base, spec: { ...base.spec, template: { ...base.spec.template, spec: { containers } } } };
}

/** What a plan of v2 says of these documents, on a cluster with these objects beside blue. */
async function planned(blue: object, objects: readonly object[], documents: readonly object[], target = shop()) {
  await using house = await startHouse({ 'shop.yaml': yaml(...documents) });
  await house.kube.apply([blue, service(BLUE), ...objects]);
  await house.kube.settled();
  const before = house.kube.requests.mutating.length;
  const { changes } = await planFor(house.platform, target, 'v2');
  expect(house.kube.requests.mutating).toHaveLength(before);
  return (name: string): Change | undefined => changes.find(({ object }) => object === name);
}

describe('a plan', () => {
  test('tells what green has otherwise than blue: environment, resources, arguments', async () => {
    const env = (level: string, more: object[] = []) => [{ name: 'LEVEL', value: level }, ...more];
    const limits = (memory: string) => ({ requests: { cpu: '500m' }, limits: { memory } });
    const was = { env: env('info', [{ name: 'OLD', value: '1' }]), resources: limits('64Mi') };
    const is = { env: env('debug', [{ name: 'DB_PASSWORD', value: 'hunter2' }]), resources: limits('128Mi') };
    const blue = shopWith(was, BLUE, 'shop-blue');
    const change = (await planned(blue, [], [shopWith({ ...is, args: ['--fast'] })]))('Deployment shop/shop-green');
    expect(change).toEqual({
      verb: 'create',
      object: 'Deployment shop/shop-green',
      detail:
        'version v2, replicas 2, image of web registry.example/shop:v1; unlike shop-blue: web env LEVEL info -> debug, web env DB_PASSWORD new, web env OLD removed, web resources.limits.memory 64Mi -> 128Mi, web args new',
    });
  });

  test('tells each key of a ConfigMap that changes, and that what is not there yet is made', async () => {
    const documents = [
      deployment({}),
      settings({ level: 'debug', same: 'x', text: 'a\nb\n' }),
      { ...settings({ one: '1' }), metadata: named('fresh') },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } },
    ];
    const there = settings({ level: 'info', same: 'x', text: 'a\n', gone: 'y' });
    const of = await planned(deployment({ name: 'shop-blue', labels: BLUE }), [there], documents);
    expect(of('ConfigMap shop/settings')).toEqual({
      verb: 'update',
      object: 'ConfigMap shop/settings',
      detail: 'data.level info -> debug, data.text changed',
    });
    expect(of('ConfigMap shop/fresh')).toEqual({ verb: 'create', object: 'ConfigMap shop/fresh', detail: '' });
    expect(of('Namespace other')).toMatchObject({ verb: 'create' });
  });

  test('says which key of a Secret changes, and never a value', async () => {
    const secret = (stringData: object) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: named('keys'),
      stringData,
    });
    const encoded = (text: string) => Buffer.from(text).toString('base64');
    const there = { ...secret({}), stringData: undefined, data: { key: encoded('hunter1'), same: encoded('x') } };
    const blue = deployment({ name: 'shop-blue', labels: BLUE });
    const of = await planned(blue, [there], [deployment({}), secret({ key: 'hunter2', same: 'x' })]);
    expect(of('Secret shop/keys')).toMatchObject({ verb: 'update', detail: 'data.key changed' });
  });

  test('tells a new autoscaler and budget as made, and what becomes of those that are there', async () => {
    const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' };
    const autoscaler = (maxReplicas: number, name = 'shop') => ({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: named(name),
      spec: { scaleTargetRef: { ...scaleTargetRef, name }, minReplicas: 1, maxReplicas },
    });
    const blue = deployment({ name: 'shop-blue', labels: BLUE });
    const fresh = await planned(blue, [], [deployment({}), autoscaler(4)]);
    expect(fresh('HorizontalPodAutoscaler shop/shop-green')).toMatchObject({
      verb: 'create',
      detail: 'for shop-green with at least 2 pods',
    });
    const again = await planned(blue, [autoscaler(4, 'shop-green')], [deployment({}), autoscaler(6)]);
    expect(again('HorizontalPodAutoscaler shop/shop-green')).toMatchObject({
      verb: 'update',
      detail: 'for shop-green with at least 2 pods: spec.minReplicas 1 -> 2, spec.maxReplicas 4 -> 6',
    });
  });

  test('compares a copy of the slot with the one that blue has', async () => {
    const target = shop({ 'per-slot': ['configmaps'] });
    const reading = { envFrom: [{ configMapRef: { name: 'settings' } }] };
    const blue = shopWith({ envFrom: [{ configMapRef: { name: 'settings-shop-blue' } }] }, BLUE, 'shop-blue');
    const theirs = { ...settings({ level: 'info' }), metadata: named('settings-shop-blue') };
    const of = await planned(blue, [theirs], [shopWith(reading), settings({ level: 'debug' })], target);
    expect(of('ConfigMap shop/settings-shop-green')).toMatchObject({
      verb: 'create',
      detail: 'for this slot alone; unlike settings-shop-blue: data.level info -> debug',
    });
    expect(of('Deployment shop/shop-green')?.detail).not.toContain('unlike');
  });

  test('goes on as before where objects may not be read', async () => {
    await using house = await startHouse({ 'shop.yaml': yaml(deployment({}), settings({ level: 'debug' })) });
    await house.kube.apply([
      deployment({ name: 'shop-blue', labels: BLUE }),
      service(BLUE),
      settings({ level: 'info' }),
    ]);
    await house.kube.settled();
    const token = house.kube.authority.addUser('robot', [
      { verbs: ['get', 'list'], groups: ['', 'apps'], resources: ['services', 'deployments', 'pods'] },
    ]);
    const robot = await house.another({ kubeconfig: house.kube.kubeconfig(token) });
    const { changes } = await planFor(robot, shop(), 'v2');
    expect(changes[0]).toEqual({ verb: 'update', object: 'ConfigMap shop/settings', detail: 'as the manifest says' });
  });
});

test('what a run did is told as made or as updated, as the server says', async () => {
  const documents = [deployment({}), service({ app: 'shop' }), settings({ level: 'info' })];
  await using house = await startHouse({ 'shop.yaml': yaml(...documents) });
  await house.kube.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
  const plan = await planFor(house.platform, shop(), 'v1');
  const verbs = async () =>
    (await house.platform.deploy(shop(), plan, soon())).find(({ object }) => object.startsWith('ConfigMap'))?.verb;
  expect([await verbs(), await verbs()]).toEqual(['create', 'update']);
});

test('what an apply takes away is told, and what others wrote is not taken for that', async () => {
  const documents = (data: object) => yaml(deployment({}), service({ app: 'shop' }), settings(data));
  await using house = await startHouse({ 'shop.yaml': documents({ level: 'info', old: '1' }) });
  await house.kube.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
  await release(house.platform, shop(), 'v1');
  await house.kube.apply([settings({ theirs: 'x', level: 'info', old: '1' })]);
  await writeFile(join(house.workspace, 'shop.yaml'), documents({ level: 'info' }));
  const { changes } = await planFor(house.platform, shop(), 'v2');
  expect(changes).toContainEqual({ verb: 'update', object: 'ConfigMap shop/settings', detail: 'data.old removed' });
  await release(house.platform, shop(), 'v2');
  expect(house.kube.objects('configmaps', 'shop')).toMatchObject([{ data: { theirs: 'x', level: 'info' } }]);
});

test('what a server fills in by itself is no difference', () => {
  const pod = (ports: object[], more: object = {}) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'x' },
    spec: { containers: [{ name: 'web', ports, resources: { limits: { cpu: '0.5' } }, ...more }] },
  });
  const stored = pod([{ containerPort: 80, protocol: 'TCP' }], {
    resources: { limits: { cpu: '500m' } },
    imagePullPolicy: 'Always',
  });
  expect(differences(stored, pod([{ containerPort: 80 }]))).toEqual([]);
  expect(differences(stored, pod([{ containerPort: 81 }]))).toEqual(['spec.containers web.ports changed']);
});

test('no more than a dozen differences are told one by one', () => {
  const data = (value: string) => Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`k${index}`, value]));
  const map = (value: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' }, data: data(value) });
  const told = differences(map('a'), map('b'));
  expect(told).toHaveLength(13);
  expect(told.at(-1)).toBe('8 more');
});
