import { describe, expect, test } from '@jest/globals';
import { deployment, failureLike, type House, planFor, service, soon } from '../support.js';
import {
  deployed,
  destination,
  houseWith,
  httpRoute,
  ingress,
  moved,
  refs,
  slotServices,
  specOf,
  targetOf,
  underLoad,
  virtualService,
} from './support.js';

const target = targetOf('httproute/shop');
const objects = [...slotServices, httpRoute()];
const steps = { way: 'steps', shares: [10, 50] } as const;
const write = { method: 'PATCH', path: /httproutes\/shop/ };

const statusOf = (code: number, reason: string) => ({
  kind: 'Status',
  status: 'Failure',
  code,
  reason,
  message: reason,
});
const CONFLICT = statusOf(409, 'Conflict');
const FORBIDDEN = statusOf(403, 'Forbidden');

function weights(house: House): readonly (readonly [string, number])[] {
  const { rules } = specOf<{ rules: { backendRefs: { name: string; weight: number }[] }[] }>(house, 'httproute');
  return rules.flatMap(({ backendRefs }) => backendRefs.map(({ name, weight }) => [name, weight] as const));
}

describe('a switch in steps', () => {
  test('gives green its share at each of them, and users get it (P4)', async () => {
    await using house = await houseWith(objects);
    const plan = await deployed(house, target, steps);
    expect(plan.stages.map(({ share }) => share)).toEqual([10, 50]);
    let from = plan.previous;
    for (const { routing, share = 0 } of plan.stages) {
      await moved(house, target, from, routing, plan.green);
      expect(weights(house)).toEqual([
        ['shop-blue', 100 - share],
        ['shop-green', share],
      ]);
      const { bySlot, failures, requests } = await underLoad(house, 'httproute/shop', async () => {
        await new Promise(resolve => setTimeout(resolve, 300));
      });
      expect(failures).toEqual(new Map());
      const seen = ((bySlot.get('shop-green') ?? 0) / requests) * 100;
      expect(Math.abs(seen - share)).toBeLessThan(5);
      from = routing;
    }
    await moved(house, target, from, plan.next, plan.green);
    expect(weights(house)).toEqual([
      ['shop-blue', 0],
      ['shop-green', 1],
    ]);
  });

  test('is in the plan as one write for each step', async () => {
    await using house = await houseWith(objects);
    const { changes } = await planFor(house.platform, target, 'v2', steps);
    expect(changes.filter(({ verb }) => verb === 'route').map(({ detail }) => detail)).toEqual([
      'shop-blue -> 10 % shop-green, 90 % shop-blue',
      '10 % shop-green, 90 % shop-blue -> 50 % shop-green, 50 % shop-blue',
      '50 % shop-green, 50 % shop-blue -> shop-green',
    ]);
  });

  test.each([0, 1, 2])('goes on, and goes back, after a run that stopped at step %i (P6)', async stopped => {
    await using house = await houseWith(objects);
    const plan = await deployed(house, target, steps);
    const way = [...plan.stages.map(({ routing }) => routing), plan.next];
    let from = plan.previous;
    for (const routing of way.slice(0, stopped + 1)) {
      await house.platform.route(target, from, routing, soon());
      from = routing;
    }
    const before = house.kube.requests.mutating.length;
    from = plan.previous;
    for (const routing of way) {
      await moved(house, target, from, routing, plan.green);
      from = routing;
    }
    expect(house.kube.requests.mutating.length - before).toBe(2 - stopped);
    await moved(house, target, plan.next, plan.previous, 'shop-blue');
    expect(weights(house)).toEqual([
      ['shop-blue', 1],
      ['shop-green', 0],
    ]);
  });

  test('can be put back from a step in the middle, in one write', async () => {
    await using house = await houseWith(objects);
    const plan = await deployed(house, target, steps);
    const [first] = plan.stages;
    await moved(house, target, plan.previous, first?.routing ?? plan.next, plan.green);
    const before = house.kube.requests.mutating.length;
    await moved(house, target, plan.next, plan.previous, 'shop-blue');
    expect(house.kube.requests.mutating.length - before).toBe(1);
  });

  test('is done with an even share where the switch is to overlap', async () => {
    await using house = await houseWith([...slotServices, virtualService([destination('shop-blue'), ...[]])]);
    const mesh = targetOf('virtualservice/shop');
    const plan = await deployed(house, mesh, { way: 'overlap' });
    expect(plan.stages).toMatchObject([{ share: undefined }]);
    await moved(house, mesh, plan.previous, plan.stages[0]?.routing ?? plan.next, plan.green);
    expect(specOf(house, 'virtualservice')).toMatchObject({
      http: [{ route: [destination('shop-blue', 50), destination('shop-green', 50)] }],
    });
    await moved(house, mesh, plan.stages[0]?.routing ?? plan.next, plan.next, plan.green);
  });

  test.each([
    ['service/shop', 'STEPS_IMPOSSIBLE', /Service shop selects pods and knows no shares/, steps],
    ['ingress/shop', 'STEPS_IMPOSSIBLE', /Ingress shop names one Service for each path and knows no weights/, steps],
    ['ingress/shop', 'OVERLAP_IMPOSSIBLE', /Ingress shop names one Service for each path/, { way: 'overlap' }],
  ] as const)('is refused before anything is written for %s (%s)', async (route, code, words, way) => {
    await using house = await houseWith([
      ...slotServices,
      service({ 'cutover/slot': 'shop-blue' }),
      ingress('shop-blue'),
    ]);
    const before = house.kube.requests.mutating.length;
    await expect(planFor(house.platform, targetOf(route), 'v2', way)).rejects.toMatchObject(failureLike(code, words));
    expect(house.kube.requests.mutating.length).toBe(before);
  });
});

describe('the write of a route that names Services', () => {
  test('changes the weights and nothing else (P4)', async () => {
    const filter = {
      type: 'RequestHeaderModifier',
      requestHeaderModifier: { add: [{ name: 'x-from', value: 'front' }] },
    };
    const route = httpRoute([{ name: 'shop-blue', port: 80, filters: [filter] }]);
    const other = { matches: [{ path: { type: 'PathPrefix', value: '/other' } }], backendRefs: refs(['elsewhere', 7]) };
    await using house = await houseWith([
      ...slotServices,
      { ...route, spec: { ...route.spec, rules: [...route.spec.rules, other] } },
    ]);
    const plan = await deployed(house, target);
    const before = specOf<{ rules: { backendRefs: object[] }[] }>(house, 'httproute');
    await house.platform.route(target, plan.previous, plan.next, soon());
    const [rule, untouched] = before.rules;
    const [ref] = rule?.backendRefs ?? [];
    const backendRefs = [
      { ...ref, weight: 0 },
      { ...ref, name: 'shop-green', weight: 1 },
    ];
    expect(specOf(house, 'httproute')).toEqual({ ...before, rules: [{ ...rule, backendRefs }, untouched] });
  });

  test('leaves what others get in proportion', async () => {
    const route = httpRoute(refs(['shop-blue', 3], ['elsewhere', 1]));
    await using house = await houseWith([...slotServices, route]);
    const plan = await deployed(house, target, steps);
    await house.platform.route(target, plan.previous, plan.stages[0]?.routing ?? plan.next, soon());
    expect(weights(house)).toEqual([
      ['shop-blue', 270],
      ['elsewhere', 100],
      ['shop-green', 30],
    ]);
    await house.platform.route(target, plan.stages[0]?.routing ?? plan.next, plan.next, soon());
    expect(weights(house)).toEqual([
      ['shop-blue', 0],
      ['elsewhere', 1],
      ['shop-green', 3],
    ]);
  });

  test('is not made when somebody else changed the weights since the plan (P4)', async () => {
    await using house = await houseWith(objects);
    const plan = await deployed(house, target);
    const changed = httpRoute(refs(['shop-blue', 5], ['elsewhere', 5]));
    await house.kube.apply([changed]);
    await expect(house.platform.route(target, plan.previous, plan.next, soon())).rejects.toMatchObject(
      failureLike(
        'ROUTE_CHANGED',
        /HTTPRoute shop\/shop was changed by somebody else: it was expected to lead to shop-blue/,
      ),
    );
    expect(weights(house)).toEqual([
      ['shop-blue', 5],
      ['elsewhere', 5],
    ]);
  });

  test('is not made over a change that comes between the look and the write (P4)', async () => {
    await using house = await houseWith(objects);
    const plan = await deployed(house, target);
    const held = async () => house.kube.apply([httpRoute(refs(['shop-blue', 5], ['elsewhere', 5]))]);
    await expect(house.platform.route(target, plan.previous, plan.next, soon(), held)).rejects.toMatchObject({
      code: 'ROUTE_CHANGED',
    });
    expect(weights(house)).toEqual([
      ['shop-blue', 5],
      ['elsewhere', 5],
    ]);
  });

  test('is made when only something else about the route changed at the same moment', async () => {
    await using house = await houseWith(objects);
    const plan = await deployed(house, target);
    house.kube.faults.add({ match: write, answer: { status: 409, body: CONFLICT } });
    expect(await house.platform.route(target, plan.previous, plan.next, soon())).toHaveLength(1);
    expect(weights(house)).toEqual([
      ['shop-blue', 0],
      ['shop-green', 1],
    ]);
  });

  test('counts as made when only its answer was lost', async () => {
    await using house = await houseWith(objects);
    const plan = await deployed(house, target);
    house.kube.faults.add({ match: write, answer: 'lose-answer' });
    expect(await house.platform.route(target, plan.previous, plan.next, soon())).toHaveLength(1);
    expect(house.kube.requests.mutating.filter(({ path }) => write.path.test(path))).toHaveLength(1);
  });

  test('is not made while green is short of ready pods, or its Service selects a stranger (P1, P3)', async () => {
    await using house = await houseWith(objects);
    const plan = await deployed(house, target);
    const stranger = deployment({ name: 'debug', labels: { 'cutover/slot': 'shop-green', debug: 'yes' }, replicas: 1 });
    await house.kube.apply([stranger]);
    await house.kube.settled();
    await expect(house.platform.route(target, plan.previous, plan.next, soon())).rejects.toMatchObject(
      failureLike('WOULD_MIX', /Service shop\/shop-green .* pod.* of debug/),
    );
    await house.kube.apply([{ ...stranger, spec: { ...stranger.spec, replicas: 0 } }]);
    await house.platform.scale(target, 'shop-green', 2, soon());
    const green = house.kube.objects('Deployment', 'shop').find(({ metadata }) => metadata.name === 'shop-green');
    await house.kube.apply([{ ...green, spec: { ...(green?.spec as object), replicas: 1 } }]);
    await house.kube.settled();
    await expect(house.platform.route(target, plan.previous, plan.next, soon())).rejects.toMatchObject({
      code: 'NO_LONGER_READY',
    });
    expect(weights(house)).toEqual([
      ['shop-blue', 1],
      ['shop-green', 0],
    ]);
  });
});

test('a run that takes over marks the route, so that writes which were prepared before fail (P9)', async () => {
  await using house = await houseWith(objects);
  const metadata = () => house.kube.objects('httproutes', 'shop')[0]?.metadata;
  const before = metadata()?.resourceVersion;
  await house.platform.fence(target, 7, soon());
  expect(metadata()).toMatchObject({ annotations: { 'cutover/fence': '7' }, generation: 1 });
  expect(metadata()?.resourceVersion).not.toBe(before);
});

describe('a gateway', () => {
  test('is waited for until it has accepted the new weights', async () => {
    await using house = await houseWith(objects);
    const plan = await deployed(house, target);
    await house.platform.route(target, plan.previous, plan.next, soon());
    const said = () => house.kube.objects('httproutes', 'shop')[0] as unknown as Said;
    expect(said().status.parents[0]?.conditions[0]?.observedGeneration).toBe(1);
    expect(await house.platform.confirm(target, plan.next, plan.green, soon())).toEqual({
      verdict: 'pass',
      reason:
        'HTTPRoute shop leads to shop-green, and its gateways accepted it; Service shop-green lists exactly the 2 ready pods of shop-green',
    });
    expect(said().status.parents[0]?.conditions[0]?.observedGeneration).toBe(2);
  });

  test('that does not accept them is quoted when the time is over', async () => {
    const route = httpRoute(refs(['shop-blue', 1], ['nowhere', 1]));
    await using house = await houseWith([...slotServices, route]);
    const plan = await deployed(house, target);
    await house.platform.route(target, plan.previous, plan.next, soon());
    expect(await house.platform.confirm(target, plan.next, plan.green, soon(500))).toEqual({
      verdict: 'fail',
      reason: 'HTTPRoute shop: ResolvedRefs of Gateway front is False (BackendNotFound: Service "nowhere" not found)',
    });
  });
});

interface Said {
  readonly status: { readonly parents: { readonly conditions: { readonly observedGeneration: number }[] }[] };
}

describe('several routes of one target', () => {
  const both = targetOf('service/shop', 'httproute/shop');
  const shared = [service({ 'cutover/slot': 'shop-blue' }), ...objects];

  test('are switched as one, and put back in reverse (P15)', async () => {
    await using house = await houseWith(shared);
    const plan = await deployed(house, both);
    const there = await house.platform.route(both, plan.previous, plan.next, soon());
    expect(there.map(({ route }) => route)).toEqual(['service/shop', 'httproute/shop']);
    expect(await house.platform.confirm(both, plan.next, plan.green, soon())).toMatchObject({ verdict: 'pass' });
    expect(specOf(house, 'service')).toMatchObject({ selector: { 'cutover/slot': 'shop-green' } });
    expect(weights(house)).toEqual([
      ['shop-blue', 0],
      ['shop-green', 1],
    ]);
    const back = await house.platform.route(both, plan.next, plan.previous, soon());
    expect(back.map(({ route }) => route)).toEqual(['httproute/shop', 'service/shop']);
  });

  test('are put back in reverse when the second write fails (P15)', async () => {
    await using house = await houseWith(shared);
    const plan = await deployed(house, both);
    house.kube.faults.add({ match: write, answer: { status: 403, body: FORBIDDEN } });
    await expect(house.platform.route(both, plan.previous, plan.next, soon())).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    expect(specOf(house, 'service')).toMatchObject({ selector: { 'cutover/slot': 'shop-green' } });
    const restored = await house.platform.route(both, plan.next, plan.previous, soon());
    expect(restored.map(({ route }) => route)).toEqual(['service/shop']);
    expect(specOf(house, 'service')).toMatchObject({ selector: { 'cutover/slot': 'shop-blue' } });
  });

  test('are put back as far as that can be done', async () => {
    await using house = await houseWith(shared);
    const plan = await deployed(house, both);
    await moved(house, both, plan.previous, plan.next, plan.green);
    house.kube.faults.add({ match: write, answer: { status: 403, body: FORBIDDEN } });
    await expect(house.platform.route(both, plan.next, plan.previous, soon())).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    expect(specOf(house, 'service')).toMatchObject({ selector: { 'cutover/slot': 'shop-blue' } });
  });
});
