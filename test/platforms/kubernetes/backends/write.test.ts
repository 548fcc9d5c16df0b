import { describe, expect, test } from '@jest/globals';
import { deployment, failureLike, soon } from '../support.js';
import { deployed, houseWith, httpRoute, refs, slotServices, specOf } from './support.js';

import { CONFLICT, objects, steps, target, weights, write } from './weighted.js';

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
