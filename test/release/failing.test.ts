import { describe, expect, test } from '@jest/globals';
import { readRecord } from '../../src/release/record.js';
import { runOn, type Wish } from './harness.js';
import { ModelPlatform } from './model-platform.js';
import { VirtualClock } from './virtual-clock.js';

const live = () => new ModelPlatform().has('shop-blue', 4, '1').serves('shop', 'shop-blue');
const recordOf = (platform: ModelPlatform) => readRecord(platform.stored.get('shop')?.text ?? '', '');

describe('when something fails', () => {
  const cases: readonly [string, Wish, Partial<{ sick: string; unconfirmed: string }>, object][] = [
    ['green never gets ready', { version: '2' }, { sick: 'shop-green' }, { result: 'failed' }],
    ['a check on green fails', { version: '2', verdicts: { verify: 'fail' } }, {}, { result: 'failed' }],
    [
      'a check on green cannot be made: unknown is not yes (P14)',
      { version: '2', verdicts: { verify: 'unknown' } },
      {},
      { result: 'failed' },
    ],
    [
      'the platform does not follow the switch',
      { version: '2' },
      { unconfirmed: 'shop-green' },
      { result: 'rolled-back' },
    ],
    ['a live check fails during the bake', { version: '2', verdicts: { bake: 'fail' } }, {}, { result: 'rolled-back' }],
  ];
  test.each(cases)('%s: blue serves, and green is taken away', async (_, wish, trouble, expected) => {
    const platform = live();
    if (trouble.sick) platform.sick.add(trouble.sick);
    if (trouble.unconfirmed) platform.unconfirmed.add(trouble.unconfirmed);
    expect(await runOn(platform, wish)).toMatchObject({ ...expected, targets: [{ live: 'shop-blue' }] });
    expect([...platform.slots.keys()]).toEqual(['shop-blue']);
    expect(recordOf(platform)).toMatchObject({ phase: 'closed', holder: null });
    expect(platform.broken).toEqual([]);
  });

  test('an unknown verdict stops nothing where the configuration says so, and is told', async () => {
    const outcome = await runOn(live(), { version: '2', verdicts: { verify: 'unknown' }, tolerant: true });
    expect(outcome?.result).toBe('succeeded');
    expect(outcome?.steps.find(({ step }) => step === 'verify')?.detail).toBe('0 checks passed, 1 not known');
    const failed = await runOn(live(), { version: '2', verdicts: { verify: 'fail' }, tolerant: true });
    expect(failed?.result).toBe('failed');
  });

  test('why green did not come up is asked before it is taken away', async () => {
    const platform = live();
    platform.sick.add('shop-green');
    const outcome = await runOn(platform, { version: '2' });
    expect(outcome?.failures).toMatchObject([{ step: 'ready', details: ['shop-green is sick'] }]);
  });

  test('on-failure hold does not hold on to the moment in which both slots are live', async () => {
    const platform = live();
    platform.unconfirmed.add('shop-green');
    const settings = { 'on-failure': 'hold', switch: { mode: 'overlap', hold: '1s' } };
    const outcome = await runOn(platform, { version: '2', settings });
    expect(outcome).toMatchObject({ result: 'rolled-back', targets: [{ live: 'shop-blue' }] });
  });

  test('a version that is not safe to roll back is left live when a live check fails, and said so before', async () => {
    const platform = live();
    const settings = { 'rollback-safe': false };
    const outcome = await runOn(platform, { version: '2', verdicts: { bake: 'fail' }, settings });
    expect(outcome).toMatchObject({ result: 'degraded', targets: [{ live: 'shop-green' }] });
    expect(outcome?.findings).toMatchObject([{ code: 'ROLLBACK_UNSAFE', severity: 'info' }]);
    expect(outcome?.notes.join()).toMatch(/rollback-safe is false/);
    expect([...platform.slots.keys()].sort()).toEqual(['shop-blue', 'shop-green']);
  });

  test('and is rolled back all the same when the switch itself fails: green had not got all of the traffic', async () => {
    const platform = live();
    const settings = {
      'rollback-safe': false,
      switch: { mode: 'steps', steps: [50, 100], hold: '1s', checks: [{ command: { run: 'true' } }] },
    };
    const outcome = await runOn(platform, { version: '2', verdicts: { switch: 'fail' }, settings });
    expect(outcome).toMatchObject({ result: 'rolled-back', targets: [{ live: 'shop-blue' }] });
  });

  describe('a switch in steps', () => {
    const steps = {
      switch: { mode: 'steps', steps: [10, 50, 100], hold: '1m', checks: [{ command: { run: 'true' } }] },
    };

    test('gives green one share after the other, and each is held', async () => {
      const platform = live();
      const clock = new VirtualClock();
      const begun = clock.now();
      const outcome = await runOn(platform, { version: '2', settings: steps, clock });
      expect(outcome).toMatchObject({ result: 'succeeded', targets: [{ live: 'shop-green' }] });
      const routed = platform.writes.filter(name => name.startsWith('route'));
      expect(routed).toEqual(
        ['shop-blue+shop-green@10', 'shop-blue+shop-green@50', 'shop-green'].map(to => `route shop ${to}`),
      );
      expect(clock.now() - begun).toBeGreaterThan(2 * 60_000);
    });

    test('is taken back whole when a check fails on the way', async () => {
      const platform = live();
      const outcome = await runOn(platform, { version: '2', verdicts: { switch: 'fail' }, settings: steps });
      expect(outcome).toMatchObject({ result: 'rolled-back', targets: [{ live: 'shop-blue' }] });
      expect(outcome?.failures).toMatchObject([{ step: 'switch', code: 'CHECKS_FAILED' }]);
    });

    test('is taken back when the live URL answers worse on the way', async () => {
      const probe = { requests: 200, after: { requests: 100, failed: 40, p95Ms: 10 } };
      const outcome = await runOn(live(), { version: '2', settings: steps, probe });
      expect(outcome).toMatchObject({ result: 'rolled-back', failures: [{ step: 'switch', code: 'BAKE_FAILED' }] });
    });

    test('takes all targets through each step together, and back together (P15)', async () => {
      const platform = live().has('cart-blue', 3, '1').serves('cart', 'cart-blue');
      const wish = { version: '2', targets: ['shop', 'cart'], settings: steps };
      await runOn(platform, wish);
      const routed = platform.writes.filter(name => name.startsWith('route')).map(name => name.split(' ')[1]);
      expect(routed).toEqual(['shop', 'cart', 'shop', 'cart', 'shop', 'cart']);
    });
  });

  test('a failed green is kept when that is configured', async () => {
    const platform = live();
    const settings = { 'failed-green': 'keep' };
    await runOn(platform, { version: '2', verdicts: { bake: 'fail' }, settings });
    expect([...platform.slots.keys()]).toEqual(['shop-blue', 'shop-green']);
  });

  test('the first release has nothing to roll back to, says so, and stays', async () => {
    const platform = new ModelPlatform();
    const outcome = await runOn(platform, { version: '1', verdicts: { bake: 'fail' } });
    expect(outcome).toMatchObject({ result: 'degraded', targets: [{ live: 'shop-green' }] });
    expect(outcome?.notes.join(' ')).toContain('no blue to go back to');
  });

  test('a failed teardown never moves traffic (P8)', async () => {
    const platform = live();
    platform.beforeWrite = name => {
      if (name.startsWith('teardown')) throw new Error('the platform is down');
    };
    expect(await runOn(platform, { version: '2' })).toMatchObject({
      result: 'degraded',
      targets: [{ live: 'shop-green' }],
    });
  });

  test('a route that somebody else changed is left as they made it', async () => {
    const platform = live().has('shop-red', 1, '9');
    platform.beforeWrite = name => {
      if (name === 'deploy shop-green') platform.serves('shop', 'shop-red');
    };
    const outcome = await runOn(platform, { version: '2' });
    expect(platform.routes.get('shop')).toBe('shop-red');
    expect(outcome?.result).not.toBe('succeeded');
    expect(outcome?.notes.join(' ')).toContain('changed by somebody else');
  });
});
