import { describe, expect, test } from '@jest/globals';
import type { Labels } from '../../../src/platforms/kubernetes/objects.js';
import type { TargetPlan } from '../../../src/release/model.js';
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

const TARGET = shop();
const BLUE = { app: 'shop', 'cutover/slot': 'shop-blue' };
const GREEN = { app: 'shop', 'cutover/slot': 'shop-green' };

/** Blue live, green deployed and ready, nothing switched. */
async function beforeTheSwitch(): Promise<{ house: House; plan: TargetPlan }> {
  const house = await startHouse({ 'shop.yaml': yaml(deployment({ version: 'v2' })) });
  await house.kube.apply([deployment({ name: 'shop-blue', labels: BLUE }), service(BLUE)]);
  await house.kube.settled();
  const plan = await planFor(house.platform, TARGET, 'v2');
  await house.platform.deploy(TARGET, plan, soon());
  await untilReady(house.platform, TARGET, plan);
  return { house, plan };
}

function selectorOf({ kube }: House): Labels {
  return (kube.objects('services', 'shop')[0] as unknown as { spec: { selector: Labels } }).spec.selector;
}

function patches({ kube }: House): number {
  return kube.requests.all.filter(({ method, path }) => method === 'PATCH' && path.includes('/services/')).length;
}

/** Somebody else writes to the Service. */
async function meddle(house: House, patch: object): Promise<void> {
  const answer = await fetch(`${house.kube.url}/api/v1/namespaces/shop/services/shop`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${house.kube.token}`, 'content-type': 'application/merge-patch+json' },
    body: JSON.stringify(patch),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

describe('the switch', () => {
  test('replaces the whole selector in one conditional write, and is not written twice', async () => {
    const { house, plan } = await beforeTheSwitch();
    await using _ = house;
    const evidence = await house.platform.route(TARGET, plan.previous, plan.next, soon());
    expect(evidence).toEqual([
      {
        target: 'shop',
        route: 'service/shop',
        from: 'app=shop, cutover/slot=shop-blue',
        to: 'app=shop, cutover/slot=shop-green',
        at: expect.any(Number),
        answeredInMs: expect.any(Number),
      },
    ]);
    expect(selectorOf(house)).toEqual(GREEN);
    expect(await house.platform.route(TARGET, plan.previous, plan.next, soon())).toEqual([]);
    expect(patches(house)).toBe(1);
    expect((await house.platform.inspect(TARGET, soon())).live).toBe('shop-green');
  });

  test('is refused when somebody else changed the selector since the plan, and both states are named', async () => {
    const { house, plan } = await beforeTheSwitch();
    await using _ = house;
    await meddle(house, { spec: { selector: { version: 'v9' } } });
    await expect(house.platform.route(TARGET, plan.previous, plan.next, soon())).rejects.toMatchObject(
      failureLike(
        'ROUTE_CHANGED',
        /expected to select app=shop, cutover\/slot=shop-blue, but it selects app=shop, cutover\/slot=shop-blue, version=v9/,
      ),
    );
    expect(patches(house)).toBe(1); // the one of the other
  });

  test('goes on when something else about the Service was changed in the very moment of the write', async () => {
    const { house, plan } = await beforeTheSwitch();
    await using _ = house;
    house.kube.faults.add({ match: { method: 'PATCH', path: /services\/shop/ }, answer: { delayMs: 80 } });
    const switching = house.platform.route(TARGET, plan.previous, plan.next, soon());
    await new Promise(resolve => setTimeout(resolve, 30));
    await meddle(house, { metadata: { annotations: { note: 'changed' } } });
    expect(await switching).toHaveLength(1);
    expect(selectorOf(house)).toEqual(GREEN);
  });

  test('stops after a few attempts when the Service never rests', async () => {
    const { house, plan } = await beforeTheSwitch();
    await using _ = house;
    const conflict = {
      apiVersion: 'v1',
      kind: 'Status',
      status: 'Failure',
      reason: 'Conflict',
      message: 'modified',
      code: 409,
    };
    house.kube.faults.add({
      match: { method: 'PATCH', path: /services\/shop/ },
      answer: { status: 409, body: conflict },
      times: Number.POSITIVE_INFINITY,
    });
    const quick = await house.another({ clock: { now: Date.now, sleep: async () => undefined } });
    await expect(quick.route(TARGET, plan.previous, plan.next, soon())).rejects.toMatchObject(
      failureLike('ROUTE_CONTENDED', /during each of 5 attempts/),
    );
    expect(selectorOf(house)).toEqual(BLUE);
  });

  test.each(['lose-answer', 'truncate'] as const)(
    'whose answer is lost (%s) is decided by reading back',
    async answer => {
      const { house, plan } = await beforeTheSwitch();
      await using _ = house;
      house.kube.faults.add({ match: { method: 'PATCH', path: /services\/shop/ }, answer });
      expect(await house.platform.route(TARGET, plan.previous, plan.next, soon())).toHaveLength(1);
      expect(selectorOf(house)).toEqual(GREEN);
      expect(patches(house)).toBe(1);
    },
  );

  test('that never arrived is made again', async () => {
    const { house, plan } = await beforeTheSwitch();
    await using _ = house;
    house.kube.faults.add({ match: { method: 'PATCH', path: /services\/shop/ }, answer: 'reset' });
    expect(await house.platform.route(TARGET, plan.previous, plan.next, soon())).toHaveLength(1);
    expect(selectorOf(house)).toEqual(GREEN);
  });

  test('is what a deployment looks at, too: a green that became live since the plan is not touched', async () => {
    const { house, plan } = await beforeTheSwitch();
    await using _ = house;
    await house.platform.route(TARGET, plan.previous, plan.next, soon());
    const before = house.kube.requests.mutating.length;
    await expect(house.platform.deploy(TARGET, plan, soon())).rejects.toMatchObject({ code: 'ROUTE_CHANGED' });
    expect(house.kube.requests.mutating).toHaveLength(before);
  });

  test('is refused when green lost a pod since it was ready (P1)', async () => {
    const { house, plan } = await beforeTheSwitch();
    await using _ = house;
    await house.platform.teardown(TARGET, 'shop-green', 'scale-to-zero', soon());
    await expect(house.platform.route(TARGET, plan.previous, plan.next, soon())).rejects.toMatchObject(
      failureLike('NO_LONGER_READY', /shop-green .*0 of 2 pods are ready/),
    );
    expect(patches(house)).toBe(0);
  });

  test('is refused when pods of nobody would get traffic with it (P3)', async () => {
    const { house, plan } = await beforeTheSwitch();
    await using _ = house;
    const metadata = { name: 'debug', namespace: 'shop', labels: GREEN };
    const spec = { containers: [{ name: 'web', image: 'registry.example/shop:v1' }] };
    await house.kube.apply([{ apiVersion: 'v1', kind: 'Pod', metadata, spec }]);
    await expect(house.platform.route(TARGET, plan.previous, plan.next, soon())).rejects.toMatchObject(
      failureLike('WOULD_MIX', /not of the wanted slot match app=shop, cutover\/slot=shop-green: pod debug/),
    );
    expect(selectorOf(house)).toEqual(BLUE);
  });

  test('goes back to a blue that its autoscaler made smaller meanwhile', async () => {
    const { house, plan } = await beforeTheSwitch();
    await using _ = house;
    await house.platform.route(TARGET, plan.previous, plan.next, soon());
    await house.kube.apply([deployment({ name: 'shop-blue', labels: BLUE, replicas: 1 })]);
    await house.kube.settled();
    expect(await house.platform.route(TARGET, plan.next, plan.previous, soon())).toHaveLength(1);
    expect(selectorOf(house)).toEqual(BLUE);
  });

  test('never goes back to a blue of which nothing is ready (P2)', async () => {
    const { house, plan } = await beforeTheSwitch();
    await using _ = house;
    await house.platform.route(TARGET, plan.previous, plan.next, soon());
    await house.platform.teardown(TARGET, 'shop-blue', 'scale-to-zero', soon());
    await expect(house.platform.route(TARGET, plan.next, plan.previous, soon())).rejects.toMatchObject(
      failureLike('NO_LONGER_READY', /shop-blue/),
    );
  });

  test('leaves the routes written so far when a later one fails, for the caller to restore', async () => {
    const { house } = await beforeTheSwitch();
    await using _ = house;
    await house.kube.apply([service(BLUE, 'admin')]);
    const target = shop({ routes: ['service/shop', 'service/admin'] });
    const plan = await planFor(house.platform, target, 'v2');
    house.kube.faults.add({
      match: { method: 'PATCH', path: /services\/admin/ },
      answer: {
        status: 422,
        body: { apiVersion: 'v1', kind: 'Status', message: 'admission webhook says no', code: 422 },
      },
    });
    await expect(house.platform.route(target, plan.previous, plan.next, soon())).rejects.toMatchObject(
      failureLike('REJECTED', /admission webhook says no/),
    );
    // A half-switched target still counts blue as live, so that a rerun does not take it for finished.
    expect((await house.platform.inspect(target, soon())).live).toBe('shop-blue');
    expect(await house.platform.route(target, plan.next, plan.previous, soon())).toHaveLength(1);
  });
});

describe('confirm', () => {
  test('passes when the endpoints are exactly the ready pods, however late they follow', async () => {
    const { house, plan } = await beforeTheSwitch();
    await using _ = house;
    await house.platform.route(TARGET, plan.previous, plan.next, soon());
    expect(await house.platform.confirm(TARGET, plan.next, 'shop-green', soon())).toEqual({
      verdict: 'pass',
      reason: 'Service shop lists exactly the 2 ready pods of shop-green',
    });
  });

  test('fails when the Service selects something else', async () => {
    const { house, plan } = await beforeTheSwitch();
    await using _ = house;
    expect(await house.platform.confirm(TARGET, plan.next, 'shop-green', soon())).toEqual({
      verdict: 'fail',
      reason:
        'Service shop selects app=shop, cutover/slot=shop-blue, and should select app=shop, cutover/slot=shop-green',
    });
  });

  test('says what is missing when the endpoints do not follow until the end', async () => {
    const { house, plan } = await beforeTheSwitch();
    await using _ = house;
    const metadata = { name: 'shop-foreign', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'shop' } };
    const endpoints = [
      {
        addresses: ['10.1.1.1'],
        conditions: { ready: true },
        targetRef: { kind: 'Pod', name: 'other', namespace: 'shop' },
      },
    ];
    await house.kube.apply([
      { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata, addressType: 'IPv4', endpoints, ports: [] },
    ]);
    await house.platform.route(TARGET, plan.previous, plan.next, soon());
    expect(await house.platform.confirm(TARGET, plan.next, 'shop-green', soon(300))).toEqual({
      verdict: 'fail',
      reason: 'Service shop does not list the pods of shop-green yet: 1 other pod is still listed',
    });
  });

  test('asks a server from before 1.21 for its older slices, or for Endpoints', async () => {
    const { house, plan } = await beforeTheSwitch();
    await using _ = house;
    await house.platform.route(TARGET, plan.previous, plan.next, soon());
    await house.kube.settled();
    const gone = { status: 404, body: '404 page not found\n', headers: { 'content-type': 'text/plain' } };
    const times = Number.POSITIVE_INFINITY;
    house.kube.faults.add({ match: { path: /discovery\.k8s\.io\/v1\// }, answer: gone, times });
    const green = house.kube.objects('pods', 'shop').filter(({ metadata }) => metadata.name.startsWith('shop-green'));
    const endpoints = green.map(({ metadata }) => ({ targetRef: { kind: 'Pod', name: metadata.name } }));
    const body = { kind: 'EndpointSliceList', metadata: {}, items: [{ metadata: { name: 'shop-1' }, endpoints }] };
    const beta = house.kube.faults.add({
      match: { path: /discovery\.k8s\.io\/v1beta1\// },
      answer: { status: 200, body },
    });
    expect((await house.platform.confirm(TARGET, plan.next, 'shop-green', soon(1_000))).verdict).toBe('pass');
    expect(beta.hits).toBe(1);

    house.kube.faults.add({ match: { path: /discovery\.k8s\.io\/v1beta1\// }, answer: gone, times });
    expect((await house.platform.confirm(TARGET, plan.next, 'shop-green', soon(1_000))).verdict).toBe('pass');
    expect(house.kube.requests.all.at(-1)?.status).toBe(200);
    expect(house.kube.requests.all.some(({ path }) => path.startsWith('/api/v1/namespaces/shop/endpoints?'))).toBe(
      true,
    );
  });
});
