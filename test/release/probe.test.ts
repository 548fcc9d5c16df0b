import { describe, expect, test } from '@jest/globals';
import type { ProbeEvidence } from '../../src/release/model.js';
import { runOn } from './harness.js';
import { ModelPlatform } from './model-platform.js';
import { VirtualClock } from './virtual-clock.js';

const live = () => new ModelPlatform().has('shop-blue', 4, '1').serves('shop', 'shop-blue');
const window = (requests: number, failed: number, p95Ms = 10) => ({ requests, failed, p95Ms });
const release = (probe: Partial<ProbeEvidence>, settings: object = {}, bakeProbe: object = {}, platform = live()) =>
  runOn(platform, {
    version: '2',
    probe: { errors: ['status 503'], ...probe },
    settings: { bake: { for: '30s', probe: bakeProbe }, ...settings },
  });

describe('what the probe of the live URL sees decides the bake', () => {
  test('more errors than before the switch, by more than the margin, bring blue back', async () => {
    const outcome = await release({ before: window(400, 0), after: window(400, 5) });
    expect(outcome).toMatchObject({ result: 'rolled-back', targets: [{ live: 'shop-blue' }] });
    expect(outcome?.failures[0]).toMatchObject({ code: 'BAKE_FAILED' });
    expect(outcome?.failures[0]?.message).toContain('5 of 400 requests to http://shop.test failed after the switch');
    expect(outcome?.failures[0]?.message).toContain('0 of 400 before the switch: status 503');
  });

  test('at once, however long it is until the next round of checks', async () => {
    const platform = live();
    const clock = new VirtualClock();
    const start = clock.now();
    // Good until a while after the switch was confirmed, and bad from then on.
    const probe = () => ({ before: window(400, 0), after: window(40, clock.now() - start > 60_000 ? 20 : 0) });
    const settings = { bake: { for: '1h', interval: '20m' } };
    const outcome = await runOn(platform, { version: '2', probe, settings, clock });
    expect(outcome?.result).toBe('rolled-back');
    expect(outcome?.failures[0]).toMatchObject({ code: 'BAKE_FAILED', step: 'bake' });
    expect(outcome?.durationMs).toBeLessThan(90_000);
  });

  test.each([
    ['one failure alone', window(400, 0), window(10, 1)],
    ['as many as the margin allows', window(400, 0), window(400, 4)],
    ['a blue that was as bad: it is not the fault of green', window(100, 50), window(100, 50)],
    ['slower answers, unless a limit is set', window(400, 0, 10), window(400, 0, 900)],
  ])('%s does not', async (_name, before, after) => {
    expect((await release({ before, after }))?.result).toBe('succeeded');
  });

  test('a long good time does not outweigh what is bad now', async () => {
    const probe = { before: window(400, 0), after: window(30_000, 40), errors: ['status 503'] };
    const outcome = await runOn(live(), { version: '2', probe, recent: () => ({ requests: 1_200, failed: 40 }) });
    expect(outcome?.result).toBe('rolled-back');
    expect(outcome?.failures[0]?.message).toContain(
      '40 of 1200 requests to http://shop.test failed in the latest 1 min, and 0 of 400 before the switch: status 503.',
    );
  });

  test('a margin can be set, and one for the p95', async () => {
    const bad = { before: window(400, 0, 100), after: window(400, 8, 200) };
    expect((await release(bad, {}, { 'errors-above': '5%' }))?.result).toBe('succeeded');
    const slow = await release(bad, {}, { 'errors-above': '5%', 'p95-above': '50%' });
    expect(slow?.result).toBe('rolled-back');
    expect(slow?.failures[0]?.message).toContain('rose from 100 ms before the switch to 200 ms after it; 50 % more');
  });

  const silent = { answers: {}, before: window(400, 400), after: window(400, 400), requests: 800, failed: 800 };
  test('a live URL that never answered is a finding, and unknown is not yes (P14)', async () => {
    const outcome = await release({ ...silent, before: undefined });
    expect(outcome?.result).toBe('rolled-back');
    expect(outcome?.findings).toMatchObject([{ code: 'LIVE_URL_SILENT', severity: 'warning' }]);
    expect(outcome?.failures[0]?.message).toContain('It never answered, so the runner may be unable to reach it.');
  });

  test('a live URL out of reach can be allowed: the platform alone speaks then', async () => {
    const outcome = await release(silent, {}, { unreachable: 'pass' });
    expect(outcome).toMatchObject({ result: 'succeeded', findings: [{ code: 'LIVE_URL_SILENT' }] });
  });

  test('its evidence is kept once, whatever the end', async () => {
    expect((await release({}))?.evidence.probes).toHaveLength(1);
    expect((await release({ after: window(400, 400) }))?.evidence.probes).toHaveLength(1);
  });
});

describe('what it sees between the stages of a switch', () => {
  test('brings blue back without waiting for the end of a stage', async () => {
    const settings = { bake: { for: '30s' }, switch: { mode: 'overlap', hold: '20m' } };
    const outcome = await release({ before: window(400, 0), after: window(400, 20) }, settings);
    expect(outcome).toMatchObject({ result: 'rolled-back', targets: [{ live: 'shop-blue' }] });
    expect(outcome?.failures[0]).toMatchObject({ code: 'BAKE_FAILED', step: 'switch' });
    expect(outcome?.durationMs).toBeLessThan(60_000);
  });
});

describe('what it sees while the switch is being confirmed', () => {
  test('brings blue back before the platform has confirmed anything', async () => {
    const platform = live();
    const confirm = platform.confirm.bind(platform);
    // It never follows green, while users get errors.
    platform.confirm = (...asked) => (asked[2] === 'shop-green' ? new Promise(() => undefined) : confirm(...asked));
    const outcome = await release({ before: window(400, 0), after: window(40, 20) }, {}, {}, platform);
    expect(outcome).toMatchObject({ result: 'rolled-back', targets: [{ live: 'shop-blue' }] });
    expect(outcome?.failures[0]).toMatchObject({ code: 'BAKE_FAILED', step: 'confirm' });
  });

  test('does not undo a way back that a person asked for', async () => {
    const platform = live();
    await runOn(platform, { version: '2', verb: 'deploy' });
    await runOn(platform, { version: '2', verb: 'switch' });
    const probe = { before: window(400, 0), after: window(40, 20) };
    const outcome = await runOn(platform, { version: '2', verb: 'rollback', probe });
    expect(outcome).toMatchObject({ result: 'succeeded', targets: [{ live: 'shop-blue' }] });
  });
});
