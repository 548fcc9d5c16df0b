import { describe, expect, test } from '@jest/globals';
import { failureLike, planFor, service, soon } from '../support.js';
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

import { objects, steps, target, weights } from './weighted.js';

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
