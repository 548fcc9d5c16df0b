import { expect, test } from '@jest/globals';
import { type Pace, pause } from '../../../src/lib/wire/pace.js';
import { never, notingClock } from './clock.js';

/** The pauses after the first attempts, in milliseconds. */
async function pauses(pace: Partial<Pace>, attempts: number, leastMs?: number): Promise<readonly number[]> {
  const clock = notingClock();
  for (let attempt = 1; attempt <= attempts; attempt++)
    await pause({ clock, longestMs: 8_000, jitter: 0.25, random: () => 0.5, ...pace }, attempt, never, leastMs);
  return clock.waits;
}

test('pauses double from a quarter of a second, up to the longest', async () => {
  expect(await pauses({}, 7)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 8_000]);
});

test('pauses differ by the jitter, so that clients that failed together do not come back together', async () => {
  expect(await pauses({ random: () => 0 }, 2)).toEqual([187.5, 375]);
  expect(await pauses({ random: () => 1 }, 2)).toEqual([312.5, 625]);
  expect(await pauses({ jitter: 0.5, random: () => 0 }, 2)).toEqual([125, 250]);
  expect(await pauses({ jitter: 0.5, random: () => 1 }, 2)).toEqual([375, 750]);
});

test('no pause is shorter than the server asked for', async () => {
  expect(await pauses({}, 4, 700)).toEqual([700, 700, 1_000, 2_000]);
});

test('a pause ends with its step', async () => {
  const stop = new AbortController();
  stop.abort(new Error('enough'));
  await expect(pause({ clock: notingClock(), longestMs: 1, jitter: 0 }, 1, stop.signal)).rejects.toThrow('enough');
});
