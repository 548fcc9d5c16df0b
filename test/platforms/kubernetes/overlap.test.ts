import { describe, expect, test } from '@jest/globals';
import type { Routing, TargetPlan } from '../../../src/release/model.js';
import {
  deployment,
  failureLike,
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

const MANIFEST = yaml(deployment({ version: 'v2' }), service({ app: 'shop' }));
const target = shop();
const shared = { app: 'shop' };

interface Stage extends House {
  readonly plan: TargetPlan;
  readonly both: Routing;
}

/** Green is live from an earlier release; the other slot is deployed and ready to be switched to. */
async function stage(): Promise<Stage> {
  const house = await startHouse({ 'shop.yaml': MANIFEST });
  await house.kube.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } }]);
  await release(house.platform, target, 'v1');
  const plan = await planFor(house.platform, target, 'v2', { way: 'overlap' });
  await house.platform.deploy(target, plan, soon());
  await untilReady(house.platform, target, plan);
  const [stage] = plan.stages;
  if (!stage) throw new Error('The plan has no overlap.');
  return Object.assign(house, { plan, both: stage.routing });
}

function objectOf({ kube }: House, kind: string, name: string) {
  return kube.objects(kind, 'shop').find(({ metadata }) => metadata.name === name);
}

function specOf(house: House): unknown {
  return objectOf(house, 'Service', 'shop')?.spec;
}

describe('a switch that overlaps', () => {
  test('is in the plan as two writes, and selects both slots by what they share', async () => {
    await using house = await stage();
    const routes = house.plan.changes.filter(({ verb }) => verb === 'route').map(({ detail }) => detail);
    expect(routes).toEqual([
      'selector app=shop, cutover/slot=shop-green -> app=shop (both slots)',
      'selector app=shop -> app=shop, cutover/slot=shop-blue',
    ]);
  });

  test('lists the pods of both slots, then those of green alone', async () => {
    await using house = await stage();
    const { platform, plan } = house;
    await platform.route(target, plan.previous, house.both, soon());
    expect(specOf(house)).toMatchObject({ selector: shared });
    expect(await platform.confirm(target, house.both, plan.green, soon())).toEqual({
      verdict: 'pass',
      reason: 'Service shop lists exactly the 4 ready pods of shop-blue and shop-green',
    });
    await platform.route(target, house.both, plan.next, soon());
    expect(await platform.confirm(target, plan.next, plan.green, soon())).toMatchObject({ verdict: 'pass' });
  });

  test('is refused while the wider selector would reach pods of neither slot', async () => {
    await using house = await stage();
    const { platform, plan, kube } = house;
    await kube.apply([deployment({ name: 'debug', labels: { app: 'shop', debug: 'yes' }, replicas: 1 })]);
    await kube.settled();
    const before = specOf(house);
    await expect(platform.route(target, plan.previous, house.both, soon())).rejects.toMatchObject(
      failureLike('WOULD_MIX', /pods of debug/),
    );
    expect(specOf(house)).toEqual(before);
  });

  test('does not narrow to a green that lost its pods in between', async () => {
    await using house = await stage();
    const { platform, plan, kube } = house;
    await platform.route(target, plan.previous, house.both, soon());
    const green = objectOf(house, 'Deployment', 'shop-blue');
    await kube.apply([{ ...green, spec: { ...(green?.spec as object), replicas: 1 } }]);
    await kube.settled();
    await expect(platform.route(target, house.both, plan.next, soon())).rejects.toMatchObject({
      code: 'NO_LONGER_READY',
    });
    expect(specOf(house)).toMatchObject({ selector: shared });
  });

  test('can be put back from the moment in which both are live, as a failure or another run does it', async () => {
    await using house = await stage();
    const { platform, plan } = house;
    await platform.route(target, plan.previous, house.both, soon());
    await platform.route(target, plan.next, plan.previous, soon());
    expect(await platform.confirm(target, plan.previous, 'shop-green', soon())).toMatchObject({ verdict: 'pass' });
  });

  test.each(['both', 'next'] as const)('goes on after a run that stopped at %s', async stopped => {
    await using house = await stage();
    const { platform, plan, kube } = house;
    await platform.route(target, plan.previous, house.both, soon());
    if (stopped === 'next') await platform.route(target, house.both, plan.next, soon());
    const before = kube.requests.mutating.length;
    expect(await platform.route(target, plan.previous, house.both, soon())).toEqual([]);
    expect(await platform.confirm(target, house.both, plan.green, soon())).toMatchObject({ verdict: 'pass' });
    await platform.route(target, house.both, plan.next, soon());
    expect(kube.requests.mutating.length - before).toBe(stopped === 'next' ? 0 : 1);
    expect(await platform.confirm(target, plan.next, plan.green, soon())).toMatchObject({ verdict: 'pass' });
  });

  test('leaves alone what somebody else made of the Service meanwhile', async () => {
    await using house = await stage();
    const { platform, plan, kube } = house;
    await platform.route(target, plan.previous, house.both, soon());
    const now = objectOf(house, 'Service', 'shop');
    await kube.apply([{ ...now, spec: { ...(now?.spec as object), selector: { app: 'other' } } }]);
    await expect(platform.route(target, house.both, plan.next, soon())).rejects.toMatchObject({
      code: 'ROUTE_CHANGED',
    });
  });

  test('is refused where the slots share no label', async () => {
    await using house = await startHouse({ 'shop.yaml': MANIFEST });
    await house.kube.apply([deployment({ name: 'shop-blue', labels: { run: 'old' } }), service({ run: 'old' })]);
    await house.kube.settled();
    await expect(planFor(house.platform, target, 'v2', { way: 'overlap' })).rejects.toMatchObject(
      failureLike('OVERLAP_IMPOSSIBLE', /have no label in common/),
    );
  });
});
