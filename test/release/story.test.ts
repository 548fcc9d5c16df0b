import { describe, expect, test } from '@jest/globals';
import { readRecord } from '../../src/release/record.js';
import { cancelled, runOn } from './harness.js';
import { ModelPlatform } from './model-platform.js';
import { VirtualClock } from './virtual-clock.js';

const live = () => new ModelPlatform().has('shop-blue', 4, '1').serves('shop', 'shop-blue');
const recordOf = (platform: ModelPlatform) => readRecord(platform.stored.get('shop')?.text ?? '', '');

describe('a release', () => {
  test('goes live at the size that blue has, and blue is removed', async () => {
    const platform = live();
    const outcome = await runOn(platform, { version: '2' });
    expect(outcome).toMatchObject({
      result: 'succeeded',
      targets: [{ live: 'shop-green', liveVersion: '2', previous: 'shop-blue', previousVersion: '1' }],
    });
    expect([...platform.slots]).toEqual([['shop-green', { size: 4, version: '2' }]]);
    expect(recordOf(platform)).toMatchObject({ phase: 'closed', result: 'succeeded', holder: null });
    expect(platform.broken).toEqual([]);
  });

  test('alternates between the slots, release after release', async () => {
    const platform = live();
    const lives = [];
    for (const version of ['2', '3', '4']) lives.push((await runOn(platform, { version }))?.targets[0]?.live);
    expect(lives).toEqual(['shop-green', 'shop-blue', 'shop-green']);
  });

  test('of the same version again is a success that writes nothing (P10)', async () => {
    const platform = live();
    const outcome = await runOn(platform, { version: '1' });
    expect(outcome?.result).toBe('unchanged');
    expect(platform.writes).toEqual([]);
  });

  test('may be the first one: nothing is live yet', async () => {
    const platform = new ModelPlatform();
    const outcome = await runOn(platform, { version: '1' });
    expect(outcome).toMatchObject({ result: 'succeeded', targets: [{ live: 'shop-green', previous: undefined }] });
    expect(outcome?.targets[0]?.rollbackCommand).toBeUndefined();
  });

  test('is not blocked by a blue that is broken: it is the fix', async () => {
    const platform = live();
    platform.sick.add('shop-blue');
    expect((await runOn(platform, { version: '2' }))?.result).toBe('succeeded');
    expect(platform.slots.get('shop-green')?.size).toBe(4);
  });
});

describe('verbs in jobs of their own', () => {
  test('deploy waits, switch switches, teardown ends', async () => {
    const platform = live();
    expect(await runOn(platform, { version: '2', verb: 'deploy' })).toMatchObject({
      result: 'waiting',
      targets: [{ live: 'shop-blue' }],
    });
    expect(await runOn(platform, { version: '2', verb: 'switch' })).toMatchObject({
      result: 'waiting',
      targets: [{ live: 'shop-green' }],
    });
    expect([...platform.slots.keys()]).toEqual(['shop-blue', 'shop-green']);
    expect(await runOn(platform, { version: '2', verb: 'teardown' })).toMatchObject({
      result: 'succeeded',
      targets: [{ live: 'shop-green' }],
    });
    expect([...platform.slots.keys()]).toEqual(['shop-green']);
    expect(platform.broken).toEqual([]);
  });

  test('each of them again changes nothing', async () => {
    const platform = live();
    for (const verb of ['deploy', 'switch', 'switch', 'teardown', 'teardown'] as const) {
      expect(['waiting', 'succeeded', 'unchanged']).toContain((await runOn(platform, { version: '2', verb }))?.result);
    }
    const writes = platform.writes.length;
    expect((await runOn(platform, { version: '2', verb: 'teardown' }))?.result).toBe('unchanged');
    expect(platform.writes.length).toBe(writes);
  });

  test('switch without a deploy says what to run first', async () => {
    const outcome = await runOn(live(), { version: '2', verb: 'switch' });
    expect(outcome).toMatchObject({ result: 'refused', failures: [{ code: 'NOTHING_TO_DO' }] });
  });

  test('plan writes nothing', async () => {
    const platform = live();
    expect((await runOn(platform, { version: '2', verb: 'plan' }))?.result).toBe('succeeded');
    expect(platform.writes).toEqual([]);
  });

  test('rollback after a finished release scales blue up first', async () => {
    const platform = live();
    await runOn(platform, { version: '2', settings: { teardown: { how: 'scale-to-zero' } } });
    expect(platform.slots.get('shop-blue')?.size).toBe(0);
    const outcome = await runOn(platform, { version: '2', verb: 'rollback' });
    expect(outcome).toMatchObject({ result: 'succeeded', targets: [{ live: 'shop-blue', liveVersion: '1' }] });
    expect(platform.slots.get('shop-blue')?.size).toBe(4);
    expect(platform.broken).toEqual([]);
  });

  test('rollback to a blue that is gone is refused, with what to do', async () => {
    const platform = live();
    await runOn(platform, { version: '2' });
    const outcome = await runOn(platform, { version: '2', verb: 'rollback' });
    expect(outcome).toMatchObject({ result: 'refused', failures: [{ code: 'NOTHING_TO_DO' }] });
    expect(outcome?.failures[0]?.message).toContain('release the previous version again');
  });
});

describe('several targets', () => {
  const two = () => live().has('cart-blue', 2, '1').serves('cart', 'cart-blue');

  test('switch together', async () => {
    const platform = two();
    const outcome = await runOn(platform, { version: '2', targets: ['shop', 'cart'] });
    expect(outcome?.targets.map(target => target.live)).toEqual(['shop-green', 'cart-green']);
  });

  test('all go back when one fails, in reverse order (P15)', async () => {
    const platform = two();
    platform.unconfirmed.add('cart-green');
    const outcome = await runOn(platform, { version: '2', targets: ['shop', 'cart'] });
    expect(outcome?.result).toBe('rolled-back');
    expect(platform.writes.filter(write => write.startsWith('route'))).toEqual([
      'route shop shop-green',
      'route cart cart-green',
      'route cart cart-blue',
      'route shop shop-blue',
    ]);
  });
});

describe('two runs on one release (P9)', () => {
  test('the second one stops and names the holder', async () => {
    const platform = live();
    const clock = new VirtualClock();
    let second: Awaited<ReturnType<typeof runOn>>;
    platform.beforeWrite = name => {
      if (name !== 'deploy shop-green') return;
      platform.beforeWrite = () => undefined;
      runOn(platform, { version: '3', clock, id: 'second' }).then(outcome => {
        second = outcome;
      });
    };
    const first = await runOn(platform, { version: '2', clock, id: 'first' });
    expect(first?.result).toBe('succeeded');
    expect(second).toMatchObject({ result: 'refused', failures: [{ code: 'LOCKED' }] });
    expect(second?.failures[0]?.message).toContain('alice, run first');
  });

  test('a run that was taken over stops writing', async () => {
    const platform = live();
    platform.beforeWrite = name => {
      if (name !== 'route shop shop-green') return;
      const stored = platform.stored.get('shop');
      if (!stored) throw new Error('there is no record');
      const record = readRecord(stored.text, '');
      const taken = { ...record, fence: record.fence + 1, holder: { ...record.holder, id: 'other' } };
      platform.stored.set('shop', { text: JSON.stringify(taken), revision: 'theirs' });
    };
    const outcome = await runOn(platform, { version: '2', id: 'first' });
    // It has moved live traffic: to say "refused" would be a lie (P11).
    expect(outcome).toMatchObject({ result: 'degraded', failures: [{ code: 'TAKEN_OVER' }] });
    expect(platform.writes.filter(write => write.startsWith('teardown'))).toEqual([]);
  });
});

describe('a cancel', () => {
  const cases: readonly [string, string, string][] = [
    ['before green is written', 'deploy shop-green', 'shop-blue'],
    ['right before the switch', 'route shop shop-green', 'shop-blue'],
    ['before blue is removed', 'teardown shop-blue', 'shop-green'],
  ];
  test.each(cases)('%s leaves a clean state that the same command goes on from', async (_, at, serves) => {
    const platform = live();
    const cancel = new AbortController();
    platform.beforeWrite = name => {
      if (name === at) cancel.abort(cancelled());
    };
    const outcome = await runOn(platform, { version: '2', cancel });
    expect(outcome).toMatchObject({ result: 'cancelled', targets: [{ live: serves }] });
    expect(platform.broken).toEqual([]);
    platform.beforeWrite = () => undefined;
    expect(await runOn(platform, { version: '2' })).toMatchObject({
      result: 'succeeded',
      targets: [{ live: 'shop-green' }],
    });
    expect([...platform.slots.keys()]).toEqual(['shop-green']);
  });
});
