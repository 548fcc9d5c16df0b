import { describe, expect, test } from '@jest/globals';
import { service, soon } from '../support.js';
import { deployed, houseWith, moved, specOf, targetOf } from './support.js';

import { FORBIDDEN, objects, weights, write } from './weighted.js';

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
