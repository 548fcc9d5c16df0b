import { expect, test } from '@jest/globals';
import { digestOf } from '../../src/gates/digest.js';
import { BEGAN, planOf, targetPlan } from './support.js';

const plan = planOf();

test('the digest of a plan is the same for a later run of it, whatever is deployed already', () => {
  const again = planOf({
    targets: [targetPlan({ changes: [{ verb: 'create', object: 'Deployment', detail: '' }], size: 7 })],
  });
  expect(digestOf(again, 'switch', BEGAN)).toBe(digestOf(plan, 'switch', BEGAN));
  expect(digestOf(plan, 'switch', BEGAN)).toMatch(/^[0-9a-f]{20}$/);
});

test('the first adoption of a route does not change it half-way', () => {
  const adopted = {
    routes: [{ route: 'service/shop', slot: 'shop-blue', text: 'cutover/slot=shop-blue', document: 1 }],
  };
  const before = { routes: [{ route: 'service/shop', slot: 'shop-blue', text: 'app=shop', document: 2 }] };
  const first = planOf({ targets: [targetPlan({ previous: before, adopted })] });
  expect(digestOf(first, 'switch', BEGAN)).toBe(
    digestOf(planOf({ targets: [targetPlan({ previous: adopted })] }), 'switch', BEGAN),
  );
});

test.each([
  ['another version', planOf({ version: '1.6.0' })],
  ['another release', planOf({ release: 'cart' })],
  ['another green', planOf({ targets: [targetPlan({ green: 'shop-violet' })] })],
  ['another version to go away', planOf({ targets: [targetPlan({ blueVersion: '1.4.1' })] })],
  ['another image', planOf({ targets: [targetPlan({ definition: 'made of another image' })] })],
  ['one target more', planOf({ targets: [targetPlan(), targetPlan({ target: 'cart' })] })],
])('%s is another plan', (_name, other) => {
  for (const gate of ['switch', 'teardown'] as const)
    expect(digestOf(other, gate, BEGAN)).not.toBe(digestOf(plan, gate, BEGAN));
});

test('the same version in another release is asked about anew: what was written about the first approves nothing', () => {
  for (const gate of ['switch', 'teardown'] as const)
    expect(digestOf(plan, gate, BEGAN + 1)).not.toBe(digestOf(plan, gate, BEGAN));
});

test('the switch and the teardown are two questions', () => {
  expect(digestOf(plan, 'switch', BEGAN)).not.toBe(digestOf(plan, 'teardown', BEGAN));
});
