import { describe, expect, test } from '@jest/globals';
import type { Finding } from '../../../src/release/model.js';
import { deployment, planFor, release, service, shop, soon, startHouse, yaml } from './support.js';

const BLUE = { app: 'shop', 'cutover/slot': 'shop-blue' };
const MANIFEST = yaml(deployment({ version: 'v2' }));

/** Everything that preflight says of these objects. */
async function findings(objects: readonly object[], manifest = MANIFEST): Promise<readonly Finding[]> {
  await using house = await startHouse({ 'shop.yaml': manifest });
  await house.kube.apply(objects);
  await house.kube.settled();
  const before = house.kube.requests.mutating.length;
  const plan = await planFor(house.platform, shop(), 'v2');
  const found = await house.platform.preflight(shop(), plan, soon());
  expect(house.kube.requests.mutating).toHaveLength(before);
  return found;
}

const blue = deployment({ name: 'shop-blue', labels: BLUE });

describe('preflight', () => {
  test('finds nothing where nothing is wrong', async () => {
    expect(await findings([blue, service(BLUE)])).toEqual([]);
  });

  test('refuses a Service that sends live traffic to both slots, with the counts and what to do', async () => {
    const both = [deployment({ name: 'shop-blue' }), deployment({ name: 'shop-green', replicas: 1 })];
    const found = await findings([...both, service({ app: 'shop' })]);
    expect(found).toContainEqual({
      severity: 'error',
      code: 'MIXED_SELECTOR',
      target: 'shop',
      message:
        'Service shop selects app=shop, and so sends live traffic to both shop-blue (2 pods) and shop-green (1 pod).',
      remedy:
        'Decide which one is live, and scale the other to zero: kubectl -n shop scale deployment NAME --replicas=0',
    });
  });

  test('refuses a Service that selects pods of neither slot, and names their owners', async () => {
    const found = await findings([blue, deployment({ name: 'cart', labels: { ...BLUE, tier: 'x' } }), service(BLUE)]);
    expect(found).toContainEqual(
      expect.objectContaining({
        severity: 'error',
        code: 'STRANGER_PODS',
        message: `Service shop selects app=shop, cutover/slot=shop-blue, and so sends live traffic to pods of neither slot: pods of cart (2).`,
      }),
    );
  });

  test.each([
    ['NO_SELECTOR', { selector: undefined }, {}],
    ['EXTERNAL_NAME', { type: 'ExternalName', externalName: 'x.example' }, {}],
    ['HEADLESS', { clusterIP: 'None' }, {}],
    ['NOT_READY_PUBLISHED', { publishNotReadyAddresses: true }, {}],
    ['SERVICE_OWNED', {}, { 'argo-rollouts.argoproj.io/managed-by-rollouts': 'shop' }],
    ['PORT_MISSING', { ports: [{ port: 80, targetPort: 'grpc' }] }, {}],
  ])('refuses %s', async (code, spec, annotations) => {
    const written = service(BLUE, 'shop', spec);
    const found = await findings([blue, { ...written, metadata: { ...written.metadata, annotations } }]);
    expect(found.filter(({ severity }) => severity === 'error').map(one => one.code)).toEqual([code]);
  });

  test('tells what is adopted and how', async () => {
    const found = await findings([deployment({ name: 'shop-blue' }), service({ app: 'shop' })]);
    expect(found).toMatchObject([
      {
        severity: 'info',
        code: 'ADOPTION',
        message: expect.stringContaining('they get app=shop-green instead of app=shop'),
      },
    ]);
  });

  test('does not refuse because blue is broken: the release may be the fix', async () => {
    const broken = deployment({
      name: 'shop-blue',
      labels: BLUE,
      templateAnnotations: { 'embedded.cutover/start': 'never-ready' },
    });
    expect(await findings([broken, service(BLUE)])).toMatchObject([
      {
        severity: 'warning',
        code: 'BLUE_NOT_WHOLE',
        message: 'shop-blue, which is live, has only 0 of its 2 pods ready.',
      },
    ]);
  });

  test('warns of configuration that blue would get too, without showing it', async () => {
    const reading = (image: string) => {
      const base = deployment({ name: 'shop-blue', labels: BLUE, version: image });
      const [web] = base.spec.template.spec.containers;
      const containers = [
        { ...web, envFrom: [{ configMapRef: { name: 'settings' } }, { secretRef: { name: 'keys' } }] },
      ];
      return { ...base, spec: { ...base.spec, template: { ...base.spec.template, spec: { containers } } } };
    };
    const metadata = (name: string) => ({ name, namespace: 'shop' });
    const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata('settings'), data: { level: 'info' } };
    const keys = { apiVersion: 'v1', kind: 'Secret', metadata: metadata('keys'), stringData: { password: 'hunter2' } };
    const manifest = yaml(deployment({ version: 'v2' }), { ...settings, data: { level: 'debug' } }, keys);
    const stored = { ...keys, stringData: undefined, data: { password: Buffer.from('hunter2').toString('base64') } };
    const found = await findings([reading('v1'), service(BLUE), settings, stored], manifest);
    expect(found).toMatchObject([{ severity: 'warning', code: 'CONFIGURATION_SHARED' }]);
    expect(found[0]?.message).toBe(
      'ConfigMap settings of the manifest differs from the one that shop-blue, which is live, uses now.',
    );
    expect(JSON.stringify(found)).not.toContain('hunter2');
  });

  test('refuses a second autoscaler on green', async () => {
    const autoscaler = (name: string, scaled: string) => ({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name, namespace: 'shop' },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: scaled }, maxReplicas: 4 },
    });
    const manifest = yaml(deployment({ version: 'v2' }), autoscaler('shop', 'shop'));
    const found = await findings([blue, service(BLUE), autoscaler('rival', 'shop-green')], manifest);
    expect(found).toMatchObject([
      {
        severity: 'error',
        code: 'TWO_AUTOSCALERS',
        message: expect.stringContaining('rival scales shop-green already'),
      },
    ]);
  });

  test('refuses Services of one target that do not agree', async () => {
    await using house = await startHouse({ 'shop.yaml': MANIFEST });
    const green = { ...BLUE, 'cutover/slot': 'shop-green' };
    await house.kube.apply([
      blue,
      deployment({ name: 'shop-green', labels: green }),
      service(BLUE),
      service(green, 'admin'),
    ]);
    await house.kube.settled();
    const target = shop({ routes: ['service/admin', 'service/shop'] });
    const plan = await planFor(house.platform, target, 'v2');
    expect(plan.blue).toBe('shop-blue');
    const said = {
      code: 'ROUTES_DISAGREE',
      severity: 'error',
      message: expect.stringContaining('Service admin leads to shop-green, Service shop leads to shop-blue'),
    };
    expect(await house.platform.preflight(target, plan, soon())).toContainEqual(expect.objectContaining(said));
  });
});

test('refuses two targets that name one Service, each with the slots of the other', async () => {
  await using house = await startHouse({ 'shop.yaml': MANIFEST });
  await house.kube.apply([blue, service(BLUE)]);
  await house.kube.settled();
  const targets = [shop(), shop({ name: 'again', slots: { blue: 'shop-green', green: 'shop-blue' } })];
  const signal = soon();
  const found = await Promise.all(
    targets.map(async target => house.platform.preflight(target, await planFor(house.platform, target, 'v2'), signal)),
  );
  const shared = found.flat().filter(({ code }) => code === 'SHARED_BY_TARGETS');
  expect(shared.map(({ severity }) => severity)).toEqual(['error', 'error', 'error']);
  expect(shared.map(({ message }) => message).join(' ')).toMatch(
    /both name service\/shop, .*both name the slot shop-blue/,
  );
});

test('the plan lists every write with old and new values, and writes nothing', async () => {
  const settings = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings' }, data: {} };
  await using house = await startHouse({ 'shop.yaml': yaml(deployment({ version: 'v2' }), settings) });
  await house.kube.apply([blue, service(BLUE)]);
  await house.kube.settled();
  const plan = await planFor(house.platform, shop(), 'v2');
  expect(plan.changes).toEqual([
    { verb: 'create', object: 'ConfigMap shop/settings', detail: '' },
    {
      verb: 'create',
      object: 'Deployment shop/shop-green',
      detail: 'version v2, replicas 2, image of web registry.example/shop:v2',
    },
    {
      verb: 'route',
      object: 'service/shop',
      detail: 'selector app=shop, cutover/slot=shop-blue -> app=shop, cutover/slot=shop-green',
    },
    { verb: 'delete', object: 'Deployment shop/shop-blue', detail: '' },
  ]);
  expect(plan.rollbackCommand).toBe(
    'kubectl -n shop patch service shop --type=json -p \'[{"op":"replace","path":"/spec/selector","value":{"app":"shop","cutover/slot":"shop-blue"}}]\'',
  );
  expect(house.kube.requests.mutating).toEqual([]);
});

test('the plan of a release with an autoscaler says what is put beside green and what goes with blue', async () => {
  const autoscaler = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'shop' },
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'shop' },
      minReplicas: 1,
      maxReplicas: 4,
    },
  };
  await using house = await startHouse({ 'shop.yaml': yaml(deployment({}), service({ app: 'shop' }), autoscaler) });
  await house.kube.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
  await release(house.platform, shop(), 'v1');
  const plan = await planFor(house.platform, shop(), 'v2');
  expect(plan.changes.map(({ verb, object, detail }) => `${verb} ${object} ${detail}`.trim())).toEqual([
    'create Deployment shop/shop-blue version v2, replicas 2, image of web registry.example/shop:v1',
    'create HorizontalPodAutoscaler shop/shop-blue for shop-blue with at least 2 pods',
    'route service/shop selector app=shop, cutover/slot=shop-green -> app=shop, cutover/slot=shop-blue',
    'delete HorizontalPodAutoscaler shop/shop-green',
    'delete Deployment shop/shop-green',
  ]);
});
