import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readRecord } from '../../src/release/record.js';
import { runOn } from './harness.js';
import { ModelPlatform } from './model-platform.js';
import { VirtualClock } from './virtual-clock.js';

/** A pipeline that starts some time after the others. */
const racer = fc.record({
  after: fc.nat(40_000),
  version: fc.constantFrom('2', '2', '3', '4'),
  bake: fc.constantFrom('pass' as const, 'pass' as const, 'fail' as const),
  wait: fc.constantFrom('never', '2m'),
});

test('many runs at once: one at a time goes on, and what the last one left is whole (P9)', async () => {
  const seed = Number(process.env.CUTOVER_SEED ?? Date.now() % 2 ** 31);
  process.stdout.write(`The race runs from CUTOVER_SEED=${seed}.\n`);
  const results = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(fc.array(racer, { minLength: 2, maxLength: 6 }), async racers => {
      const platform = new ModelPlatform().has('shop-blue', 3, '1').serves('shop', 'shop-blue');
      const clock = new VirtualClock();
      const outcomes = await Promise.all(
        racers.map(async ({ after, version, bake, wait }) => {
          await clock.sleep(after, new AbortController().signal);
          return runOn(platform, { version, clock, verdicts: { bake }, settings: { lock: { wait } } });
        }),
      );
      for (const outcome of outcomes) {
        const result = outcome?.result ?? 'none';
        results.set(result, (results.get(result) ?? 0) + 1);
        expect(['succeeded', 'unchanged', 'refused', 'rolled-back']).toContain(result);
      }
      expect(platform.broken).toEqual([]);
      const live = platform.slots.get(platform.routes.get('shop') ?? '');
      const released = outcomes.filter(outcome => outcome?.result === 'succeeded').map(outcome => outcome?.version);
      expect([...released, '1']).toContain(live?.version);
      expect(live?.size).toBe(3);
      expect(readRecord(platform.stored.get('shop')?.text ?? '', '')).toMatchObject({ holder: null, phase: 'closed' });
    }),
    { seed, numRuns: Number(process.env.CUTOVER_PROPERTY_RUNS ?? 300) },
  );
  // Each way to end came up: the race was one.
  expect([...results.keys()].sort()).toEqual(['refused', 'rolled-back', 'succeeded', 'unchanged']);
});

test('runs that were told to wait all get their turn, though they begin at the same moment (P9)', async () => {
  const platform = new ModelPlatform().has('shop-blue', 3, '1').serves('shop', 'shop-blue');
  const clock = new VirtualClock();
  const settings = { lock: { wait: '20m' } };
  const outcomes = await Promise.all(
    ['2', '3', '4', '2'].map(version => runOn(platform, { version, clock, settings })),
  );
  for (const outcome of outcomes) expect(['succeeded', 'unchanged']).toContain(outcome?.result);
  expect(platform.broken).toEqual([]);
  expect(readRecord(platform.stored.get('shop')?.text ?? '', '')).toMatchObject({ holder: null, phase: 'closed' });
});
