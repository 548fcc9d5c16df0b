import { describe, expect, test } from '@jest/globals';
import type { Labels } from '../../../src/platforms/kubernetes/objects.js';
import { type SelectingService, transition } from '../../../src/platforms/kubernetes/selectors.js';

function selecting(selector: Labels, more: Partial<SelectingService> = {}): SelectingService {
  return { name: 'shop', exists: true, selector, podLabels: [], ...more };
}

function green(labels: Labels, fixed = false) {
  return { slot: 'shop-green', labels, fixed };
}

describe('from the selectors that Services have to those that they shall have', () => {
  test('a Service that selects by slot already is only pointed at the other slot', () => {
    const found = transition(
      [selecting({ app: 'shop', 'cutover/slot': 'shop-blue' })],
      green({ app: 'shop', tier: 'web' }),
      { app: 'shop', 'cutover/slot': 'shop-blue' },
    );
    expect(found).toEqual({
      greenLabels: { app: 'shop', tier: 'web', 'cutover/slot': 'shop-green' },
      adopted: [{ app: 'shop', 'cutover/slot': 'shop-blue' }],
      adopts: false,
      next: [{ app: 'shop', 'cutover/slot': 'shop-green' }],
      notes: [],
    });
  });

  test('version labels keep the colours apart: their values follow, and the slot is added', () => {
    const found = transition([selecting({ app: 'myapp', version: 'v1' })], green({ app: 'myapp', version: 'v2' }), {
      app: 'myapp',
      version: 'v1',
    });
    expect(found.adopts).toBe(false);
    expect(found.next).toEqual([{ app: 'myapp', version: 'v2', 'cutover/slot': 'shop-green' }]);
  });

  test('a key that green does not carry is dropped, since it would select nothing', () => {
    const found = transition([selecting({ app: 'shop', track: 'stable' })], green({ app: 'shop' }), { app: 'shop' });
    expect(found.next).toEqual([{ app: 'shop', 'cutover/slot': 'shop-green' }]);
  });

  test('a Service that would match both is narrowed by a label that only blue has', () => {
    const blue = { app: 'shop', version: 'v1' };
    const found = transition(
      [selecting({ app: 'shop' }, { podLabels: [{ ...blue, 'pod-template-hash': 'a1' }] })],
      green({ app: 'shop', version: 'v2' }),
      blue,
    );
    expect(found).toMatchObject({
      adopted: [{ app: 'shop', version: 'v1' }],
      adopts: true,
      next: [{ app: 'shop', 'cutover/slot': 'shop-green' }],
      greenLabels: { app: 'shop', version: 'v2', 'cutover/slot': 'shop-green' },
    });
    expect(found.notes).toEqual([
      "Service shop selects app=shop, which green's pods would match too. Before green is deployed it is narrowed by version=v1, which selects the same pods as now.",
    ]);
  });

  test("the slot label is preferred, and blue's pod-template-hash is never used, for it does not last", () => {
    const blue = { app: 'shop', 'pod-template-hash': 'a1', version: 'v1', 'cutover/slot': 'shop-blue' };
    const found = transition([selecting({ app: 'shop' }, { podLabels: [blue] })], green({ app: 'shop' }), blue);
    expect(found.adopted).toEqual([{ app: 'shop', 'cutover/slot': 'shop-blue' }]);
    const hashed = { app: 'shop', 'pod-template-hash': 'a1' };
    const plain = transition([selecting({ app: 'shop' }, { podLabels: [hashed] })], green({ app: 'shop' }), hashed);
    expect(plain.adopts).toBe(false);
  });

  test('a label that not all selected pods have does not narrow, since some of them would lose their traffic', () => {
    const found = transition(
      [selecting({ app: 'shop' }, { podLabels: [{ app: 'shop', version: 'v1' }, { app: 'shop' }] })],
      green({ app: 'shop', version: 'v2' }),
      { app: 'shop', version: 'v1' },
    );
    expect(found.adopted).toEqual([{ app: 'shop' }]);
    expect(found.greenLabels).toMatchObject({ app: 'shop-green' });
  });

  test.each([
    [{ app: 'shop' }, 'app'],
    [{ 'app.kubernetes.io/name': 'shop', 'app.kubernetes.io/instance': 'prod' }, 'app.kubernetes.io/instance'],
    [{ team: 'x', 'k8s-app': 'shop' }, 'k8s-app'],
    [{ team: 'x', color: 'any' }, 'team'],
  ])('with identical labels %j it is green that changes, in %s', (labels: Labels, key) => {
    const found = transition([selecting(labels, { podLabels: [labels] })], green(labels), labels);
    expect(found.adopts).toBe(false);
    expect(found.greenLabels).toEqual({ ...labels, [key]: 'shop-green', 'cutover/slot': 'shop-green' });
    expect(found.next).toEqual([{ ...labels, [key]: 'shop-green', 'cutover/slot': 'shop-green' }]);
    expect(found.notes[0]).toContain(`So they get ${key}=shop-green instead of ${key}=`);
  });

  test('a Service that waits for its first pods does not get them before the switch', () => {
    const found = transition([selecting({ app: 'shop' })], green({ app: 'shop' }), undefined);
    expect(found.greenLabels).toEqual({ app: 'shop-green', 'cutover/slot': 'shop-green' });
  });

  test('a Service that will be created at the switch needs no change of labels', () => {
    const found = transition([selecting({ app: 'shop' }, { exists: false })], green({ app: 'shop' }), undefined);
    expect(found.greenLabels).toEqual({ app: 'shop', 'cutover/slot': 'shop-green' });
    expect(found.next).toEqual([{ app: 'shop', 'cutover/slot': 'shop-green' }]);
  });

  test('of several Services each gets what it needs, and all of them select the same green', () => {
    const blue = { app: 'shop', tier: 'web' };
    const services = [selecting({ app: 'shop' }), selecting({ tier: 'web' }, { name: 'admin' })];
    const found = transition(services, green(blue), blue);
    expect(found).toMatchObject({
      greenLabels: { app: 'shop-green', tier: 'web', 'cutover/slot': 'shop-green' },
      adopted: [{ app: 'shop' }, { tier: 'web', app: 'shop' }],
      next: [
        { app: 'shop-green', 'cutover/slot': 'shop-green' },
        { tier: 'web', 'cutover/slot': 'shop-green' },
      ],
    });
  });

  test('going back to pods that have no slot label selects them by what sets them apart', () => {
    const found = transition(
      [selecting({ app: 'shop', 'cutover/slot': 'shop-green' })],
      { slot: 'shop-blue', labels: { app: 'shop', version: 'v1' }, fixed: true },
      { app: 'shop', version: 'v2', 'cutover/slot': 'shop-green' },
    );
    expect(found.next).toEqual([{ app: 'shop', version: 'v1' }]);
  });
});
