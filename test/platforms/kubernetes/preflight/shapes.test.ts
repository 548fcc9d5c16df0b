import { describe, expect, test } from '@jest/globals';
import type { Finding } from '../../../../src/release/model.js';
import { database, worker } from '../slots.js';
import { deployment, planFor, service, shop, soon, startHouse, yaml } from '../support.js';

const BLUE = { app: 'shop', 'cutover/slot': 'shop-blue' };
const blue = deployment({ name: 'shop-blue', labels: BLUE });

/** What preflight says of this shape before a release of v2. */
async function findings(
  manifest: readonly object[],
  objects: readonly object[] = [blue, service(BLUE)],
  overrides: object = {},
): Promise<readonly Finding[]> {
  await using house = await startHouse({ 'shop.yaml': yaml(...manifest) });
  await house.kube.apply(objects);
  await house.kube.settled();
  const target = shop({ ...overrides });
  return await house.platform.preflight(target, await planFor(house.platform, target, 'v2'), soon());
}

describe('workers without a route', () => {
  test('the plan says that both slots work at once for a while', async () => {
    const found = await findings([worker('shop')], [worker('shop-blue')], { routes: 'none' });
    expect(found).toMatchObject([
      {
        severity: 'info',
        code: 'WORKERS_OVERLAP',
        message: expect.stringMatching(/^shop has no route: shop-blue and shop-green both work/),
      },
    ]);
  });

  test('two slots at work, of which nobody says which one is live, are refused', async () => {
    const found = await findings([worker('shop')], [worker('shop-blue'), worker('shop-green')], { routes: 'none' });
    expect(found).toMatchObject([{ severity: 'error', code: 'WORKERS_MIXED' }]);
  });
});

describe('a slot of several workloads', () => {
  test('that what has no route begins to work before the switch is told', async () => {
    const found = await findings([deployment({}), worker()]);
    expect(found).toMatchObject([
      { code: 'WORK_BEGINS_EARLY', message: expect.stringMatching(/^worker-shop-green begins its work/) },
    ]);
  });

  test('needs room for all of it', async () => {
    const metadata = { name: 'room', namespace: 'shop' };
    const quota = { apiVersion: 'v1', kind: 'ResourceQuota', metadata, spec: { hard: { pods: '6' } } };
    const found = await findings([deployment({}), worker('worker', 3)], [blue, service(BLUE), quota]);
    expect(found).toContainEqual(
      expect.objectContaining({
        code: 'QUOTA_TOO_SMALL',
        message: expect.stringMatching(/pods: 5 needed, 4 left of 6/),
      }),
    );
  });

  test('may not share a volume that one node mounts, whichever of its workloads has it', async () => {
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }];
    const claim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data', namespace: 'shop' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    };
    const { template } = blue.spec;
    const live = { ...blue, spec: { ...blue.spec, template: { ...template, spec: { ...template.spec, volumes } } } };
    const found = await findings([deployment({}), worker('worker', 1, { volumes })], [live, service(BLUE), claim]);
    expect(found).toContainEqual(expect.objectContaining({ severity: 'error', code: 'VOLUME_SHARED' }));
  });

  test('a worker that live traffic would reach at once is refused', async () => {
    const wide = worker('worker', 1);
    const found = await findings(
      [deployment({}), { ...wide, spec: { ...deployment({ name: 'worker' }).spec } }],
      [deployment({ name: 'shop-blue' }), service({ app: 'shop' })],
    );
    expect(found).toContainEqual(expect.objectContaining({ severity: 'error', code: 'MEMBER_WOULD_MIX' }));
  });
});

describe('a StatefulSet', () => {
  test('that claims are of one slot and outlive it is told', async () => {
    expect(await findings(database())).toMatchObject([
      { severity: 'info', code: 'CLAIMS_PER_SLOT', message: expect.stringContaining('claims of its own for data') },
    ]);
  });

  test('whose governing Service the manifest does not bring makes peers of both slots', async () => {
    const [set = {}] = database();
    expect(await findings([set])).toContainEqual(
      expect.objectContaining({ severity: 'warning', code: 'PEERS_SHARED', message: expect.stringContaining('peers') }),
    );
  });
});

test('a KEDA ScaledObject of the manifest scales no slot, and is told of by name', async () => {
  const scaled = {
    apiVersion: 'keda.sh/v1alpha1',
    kind: 'ScaledObject',
    metadata: { name: 'queue', namespace: 'shop' },
    spec: { scaleTargetRef: { name: 'shop' } },
  };
  expect(await findings([deployment({}), scaled])).toMatchObject([
    { severity: 'warning', code: 'KEDA_OF_NO_SLOT', message: expect.stringContaining('ScaledObject queue') },
  ]);
});

describe('connections that are kept alive', () => {
  const withEnd = (spec: object, container: object = {}) => {
    const { template } = blue.spec;
    const containers = template.spec.containers.map(one => ({ ...one, ...container }));
    return { ...blue, spec: { ...blue.spec, template: { ...template, spec: { ...spec, containers } } } };
  };

  test('may be cut by a blue with little time to end, which is said before it happens', async () => {
    const found = await findings([deployment({})], [withEnd({ terminationGracePeriodSeconds: 2 }), service(BLUE)]);
    expect(found).toMatchObject([
      { severity: 'warning', code: 'CONNECTIONS_MAY_BE_CUT', message: expect.stringContaining('2 seconds to end') },
    ]);
  });

  test.each([
    [
      'a preStop hook',
      withEnd({ terminationGracePeriodSeconds: 2 }, { lifecycle: { preStop: { sleep: { seconds: 1 } } } }),
    ],
    ['time enough', withEnd({ terminationGracePeriodSeconds: 30 })],
  ])('are nothing to speak of with %s', async (_, live) => {
    expect(await findings([deployment({})], [live, service(BLUE)])).toEqual([]);
  });
});
