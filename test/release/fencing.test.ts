import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readRecord, TERM_MS } from '../../src/release/record.js';
import { runOn, runUntilPause } from './harness.js';
import { type Fate, ModelPlatform } from './model-platform.js';
import { VirtualClock } from './virtual-clock.js';

const never = () => new AbortController().signal;

/** One process stops at a write, another takes over and ends, and then the first one wakes up. */
async function wakeAfterTakeover(at: number, fate: Fate, next: string, failing: string, how: string) {
  const platform = new ModelPlatform().has('shop-blue', 3, '1').serves('shop', 'shop-blue');
  const clock = new VirtualClock();
  const settings = { teardown: { how } };
  platform.fates = new Map([[at, fate]]);
  const old = await runUntilPause(platform, { version: '2', clock, settings });
  if (!old) return undefined;
  platform.fates = new Map();
  await clock.sleep(TERM_MS + 1, never());
  const taker = await runOn(platform, { version: next, clock, settings, verdicts: { [failing]: 'fail' } });
  const left = { routes: [...platform.routes], slots: [...platform.slots].sort(), record: platform.stored.get('shop') };
  const writes = platform.writes.length;
  old.resume();
  const woken = await old.ended;
  const now = { routes: [...platform.routes], slots: [...platform.slots].sort(), record: platform.stored.get('shop') };
  return { platform, taker, left, now, woken, late: platform.writes.slice(writes) };
}

describe('a run that stood still while another one took over', () => {
  test('changes nothing when it wakes up, wherever it stood (P9)', async () => {
    let stopped = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(12),
        fc.constantFrom<Fate>('pause-before', 'pause-after'),
        fc.constantFrom('2', '3'),
        fc.constantFrom('nothing', 'verify', 'bake'),
        fc.constantFrom('delete', 'scale-to-zero', 'keep'),
        async (at, fate, next, failing, how) => {
          const seen = await wakeAfterTakeover(at, fate, next, failing, how);
          if (!seen) return;
          stopped++;
          expect(seen.platform.broken).toEqual([]);
          expect(seen.now).toEqual(seen.left);
          expect(readRecord(seen.now.record?.text ?? '', '').holder).toBeNull();
        },
      ),
      { numRuns: Number(process.env.CUTOVER_PROPERTY_RUNS ?? 300) },
    );
    expect(stopped).toBeGreaterThan(50);
  });

  test('says that it was taken over, and asks nobody to repair anything', async () => {
    const before = new ModelPlatform().has('shop-blue', 3, '1').serves('shop', 'shop-blue');
    await runOn(before, { version: '2' });
    const at = before.writes.indexOf('route shop shop-green');
    const seen = await wakeAfterTakeover(at, 'pause-before', '3', 'nothing', 'delete');
    expect(seen?.woken.failures.map(failed => failed.code)).toContain('TAKEN_OVER');
    expect(seen?.woken.result).toBe('refused');
    expect(seen?.taker).toMatchObject({ result: 'succeeded', targets: [{ liveVersion: '3' }] });
  });
});
