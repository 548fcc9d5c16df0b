import { describe, expect, test } from '@jest/globals';
import type { Pending } from '../../src/release/walk.js';
import { runOn } from './harness.js';
import { ModelPlatform } from './model-platform.js';
import { VirtualClock } from './virtual-clock.js';

const live = () => new ModelPlatform().has('shop-blue', 4, '1').serves('shop', 'shop-blue');
const at = (value: number, instance = 'blue-1', life = 'a'): Pending => ({ instance, life, operations: { value } });
const unknown = (problem: string, instance = 'blue-1'): Pending => ({ instance, life: 'a', operations: { problem } });

/** Releases while blue answers with each round of `rounds` in turn, the last one for ever. */
async function release(rounds: readonly (readonly Pending[] | Error)[], drain: object = {}) {
  const platform = live();
  const clock = new VirtualClock();
  const asked: number[] = [];
  const pending = () => {
    const round = rounds[Math.min(asked.length, rounds.length - 1)] ?? [];
    asked.push(clock.now());
    if (round instanceof Error) throw round;
    return round;
  };
  const gauge = { path: '/metrics', name: 'pending_operations' };
  const settings = { drain: { gauge, zeros: 3, interval: '3s', within: '1m', ...drain } };
  const outcome = await runOn(platform, { version: '2', settings, pending, clock });
  return { outcome, asked: asked.length, blueIsThere: platform.slots.has('shop-blue'), platform };
}

describe('blue goes when it says that it has no work left', () => {
  test('so many zeros in a row, of each instance', async () => {
    const done = await release([
      [at(7), at(0, 'blue-2')],
      [at(0), at(0, 'blue-2')],
    ]);
    expect(done).toMatchObject({ asked: 5, blueIsThere: false, outcome: { result: 'succeeded' } });
    expect(done.outcome?.steps.find(({ step }) => step === 'drain')?.detail).toContain('shop-blue has no work left');
  });

  test.each<[string, readonly Pending[] | Error]>([
    ['some work', [at(1)]],
    ['an answer that nobody can read', [unknown('pending_operations is "NaN"')]],
    ['a restart', [at(0, 'blue-1', 'b')]],
    ['a platform that does not answer', new Error('the API is away')],
  ])('%s begins the row anew', async (_name, between) => {
    const done = await release([[at(0)], [at(0)], between, [at(0)]]);
    expect(done.outcome?.result).toBe('succeeded');
    expect(done.asked).toBeGreaterThanOrEqual(6);
  });

  test('an instance that is gone has nothing left to lose', async () => {
    expect(await release([[at(3)], []])).toMatchObject({ asked: 3, blueIsThere: false });
  });

  test.each<[string, readonly Pending[] | Error, string]>([
    ['work', [at(5), at(2, 'blue-2'), at(0, 'blue-3')], '7 operations pending on 2 instances.'],
    [
      'silence: unknown is not zero (P14)',
      [at(0), unknown('it is missing', 'blue-2')],
      '0 operations pending on 0 instances, not known of 1 instance (blue-2: it is missing).',
    ],
    ['a platform that is away', new Error('the API is away'), 'its work could not be counted'],
  ])('at the end of its time, %s holds it: both slots stay, and green stays live', async (_name, round, words) => {
    const { outcome, blueIsThere, platform } = await release([round]);
    expect(outcome).toMatchObject({ result: 'degraded', targets: [{ live: 'shop-green' }] });
    expect(outcome?.failures[0]).toMatchObject({ code: 'NOT_DRAINED', step: 'drain' });
    expect(outcome?.failures[0]?.message).toContain(
      'shop-blue still had work, or did not say that it had none, after 1 min',
    );
    expect(outcome?.failures[0]?.message).toContain(words);
    expect(blueIsThere).toBe(true);
    expect(platform.broken).toEqual([]);
  });

  test('or is taken away all the same when that is the policy, and it is said', async () => {
    const { outcome, blueIsThere } = await release([[at(5)]], { otherwise: 'proceed' });
    expect(outcome?.result).toBe('succeeded');
    expect(blueIsThere).toBe(false);
    expect(outcome?.notes.join()).toContain(
      'shop-blue had not drained after 1 min (5 operations pending on 1 instance)',
    );
  });

  const prometheus = { prometheus: { url: 'http://prometheus.test', query: 'jobs' } };
  const by = (counter: 'prometheus' | 'platform', operations: Pending['operations']): Pending => ({
    by: counter,
    instance: 'shop-blue',
    life: '',
    operations,
  });

  test('or when others say so of it: all of them, so many times in a row', async () => {
    const busy = [at(0), by('prometheus', { value: 2 })];
    const done = await release([busy, [at(0), by('prometheus', { value: 0 })]], prometheus);
    expect(done).toMatchObject({ asked: 5, blueIsThere: false, outcome: { result: 'succeeded' } });
  });

  test.each<[readonly Pending[], string]>([
    [[at(1), by('prometheus', { value: 2 })], '1 operation pending on 1 instance; Prometheus counts 2 operations.'],
    [[by('prometheus', { problem: 'it has no data' })], 'not known of Prometheus (it has no data).'],
    [[by('platform', { value: 1 })], 'the load balancer counts 1 connection.'],
  ])('what others count is told, and holds it (%#)', async (round, words) => {
    const { outcome, blueIsThere } = await release([round], { ...prometheus, gauge: undefined });
    expect(outcome?.failures[0]).toMatchObject({ code: 'NOT_DRAINED' });
    expect(outcome?.failures[0]?.message).toContain(`after 1 min: ${words}`);
    expect(blueIsThere).toBe(true);
  });

  test.each<[string, readonly Pending[], object, object]>([
    ['nothing, once it has drained', [at(0)], {}, { operations: 0 }],
    [
      'what it still had when time was up',
      [at(5), at(2, 'blue-2')],
      { otherwise: 'proceed' },
      { operations: 7, text: '7 operations pending on 2 instances' },
    ],
    [
      'that it is not known, when an instance does not say (P14)',
      [at(5), unknown('it is missing', 'blue-2')],
      { otherwise: 'proceed' },
      { operations: undefined },
    ],
    [
      'that it is not known, when nothing counts',
      [],
      { gauge: undefined },
      { operations: undefined, text: expect.stringMatching(/nothing under drain counts it/) },
    ],
  ])('the evidence says %s', async (_name, round, settings, held) => {
    const { outcome } = await release([round], settings);
    expect(outcome?.evidence.held).toMatchObject([{ target: 'shop', slot: 'shop-blue', ...held }]);
  });

  test('a count that the platform does not have is found before anything is written', async () => {
    const { outcome, asked, platform } = await release([[]], { gauge: undefined, connections: true });
    expect(outcome).toMatchObject({ result: 'refused', findings: [{ code: 'CONNECTIONS_NOT_COUNTED' }] });
    expect([asked, platform.slots.has('shop-green')]).toEqual([0, false]);
  });
});
