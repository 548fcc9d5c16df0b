import { describe, expect, test } from '@jest/globals';
import { runOn, type Wish } from './harness.js';
import { ModelPlatform } from './model-platform.js';

const live = () => new ModelPlatform().has('shop-blue', 4, '1').serves('shop', 'shop-blue');
const unknownIn = (step: string): Wish => ({ version: '2', holds: true, verdicts: { [step]: 'unknown' } });

describe('a check that could not be made, and that a person is to look at (on-unknown: hold)', () => {
  test('before the switch: green is kept, nothing moves, and the run does not look like a success (P14)', async () => {
    const platform = live();
    const outcome = await runOn(platform, unknownIn('verify'));
    expect(outcome).toMatchObject({ result: 'refused', targets: [{ live: 'shop-blue' }] });
    expect(outcome?.failures).toMatchObject([{ code: 'CHECKS_HELD', step: 'verify' }]);
    expect(platform.slots.has('shop-green')).toBe(true);
  });

  test('after it: traffic stays on green, and blue stays', async () => {
    const platform = live();
    const outcome = await runOn(platform, unknownIn('bake'));
    expect(outcome).toMatchObject({ result: 'degraded', targets: [{ live: 'shop-green' }] });
    expect(outcome?.failures).toMatchObject([{ code: 'CHECKS_HELD', step: 'bake' }]);
    expect(platform.slots.has('shop-blue')).toBe(true);
  });

  test.each(['verify', 'bake'])('held in %s, the same command makes the check again and goes on', async step => {
    const platform = live();
    await runOn(platform, unknownIn(step));
    expect(await runOn(platform, { version: '2' })).toMatchObject({ result: 'succeeded' });
    expect([platform.slots.has('shop-blue'), platform.broken]).toEqual([false, []]);
  });

  test('between the stages of a switch: both slots go on sharing the traffic, and the same command goes on', async () => {
    const platform = live();
    const settings = { switch: { mode: 'overlap', checks: [{ name: 'health', http: { path: '/' } }] } };
    const outcome = await runOn(platform, { ...unknownIn('switch'), settings });
    expect(outcome?.result).toBe('degraded');
    expect(outcome?.failures).toMatchObject([{ code: 'CHECKS_HELD', step: 'switch' }]);
    expect([...platform.slots.keys()].sort()).toEqual(['shop-blue', 'shop-green']);
    expect(await runOn(platform, { version: '2', settings })).toMatchObject({
      result: 'succeeded',
      targets: [{ live: 'shop-green' }],
    });
    expect(platform.broken).toEqual([]);
  });

  test('before the switch, the switch verb goes on without the checks of green', async () => {
    const platform = live();
    await runOn(platform, unknownIn('verify'));
    const outcome = await runOn(platform, { version: '2', verb: 'switch' });
    expect(outcome).toMatchObject({ result: 'waiting', targets: [{ live: 'shop-green' }] });
  });

  test('after it, the rollback verb goes back', async () => {
    const platform = live();
    await runOn(platform, unknownIn('bake'));
    expect(await runOn(platform, { version: '2', verb: 'rollback' })).toMatchObject({
      result: 'succeeded',
      targets: [{ live: 'shop-blue' }],
    });
  });

  test('a failure beside it is a failure', async () => {
    const outcome = await runOn(live(), { ...unknownIn('verify'), verdicts: { verify: 'fail' } });
    expect(outcome?.failures[0]).toMatchObject({ code: 'CHECKS_FAILED' });
    expect(outcome?.result).toBe('failed');
  });
});
