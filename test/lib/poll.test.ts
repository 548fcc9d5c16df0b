import { getMaxListeners } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { DeadlinePassed, deadline, sharedSignal, systemClock } from '../../src/lib/poll.js';

const never = () => new AbortController().signal;

describe('the system clock', () => {
  test('sleeps about as long as asked', async () => {
    const before = Date.now();
    await systemClock.sleep(30, never());
    expect(Date.now() - before).toBeGreaterThanOrEqual(28);
  });

  test('wakes with the reason of the signal', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    setTimeout(() => stop.abort(reason), 10);
    await expect(systemClock.sleep(60_000, stop.signal)).rejects.toBe(reason);
    await expect(systemClock.sleep(60_000, stop.signal)).rejects.toBe(reason);
  });
});

describe('a deadline', () => {
  test('ends its signal with a typed reason when the time is over', async () => {
    using limit = deadline(never(), 20);
    await expect(systemClock.sleep(60_000, limit.signal)).rejects.toEqual(new DeadlinePassed(20));
    expect(limit.passed).toBe(true);
  });

  test('hands on the reason of its parent, and has not passed then', async () => {
    const parent = new AbortController();
    using limit = deadline(parent.signal, 60_000);
    parent.abort('stopped by hand');
    await expect(systemClock.sleep(60_000, limit.signal)).rejects.toBe('stopped by hand');
    expect(limit.passed).toBe(false);
  });

  test('tells its own end from the end of a deadline around it', async () => {
    using outer = deadline(never(), 10);
    using inner = deadline(outer.signal, 60_000);
    await expect(systemClock.sleep(60_000, inner.signal)).rejects.toEqual(new DeadlinePassed(10));
    expect([outer.passed, inner.passed]).toEqual([true, false]);
  });

  test('is over at once below a parent that is over', () => {
    using limit = deadline(AbortSignal.abort('before'), 60_000);
    expect(limit.signal.reason).toBe('before');
  });

  test('follows the clock that it was given', async () => {
    let ring: () => void = () => undefined;
    const rung = new Promise<void>(resolve => {
      ring = resolve;
    });
    using limit = deadline(never(), 3_600_000, { now: () => 0, sleep: () => rung });
    expect(limit.signal.aborted).toBe(false);
    ring();
    await rung;
    expect(limit.passed).toBe(true);
  });
});

test('many may wait for one signal without an alarm of Node in the log', () => {
  using limit = deadline(never(), 1_000);
  const stop = new AbortController();
  const shared = sharedSignal(stop.signal, never());
  expect([getMaxListeners(limit.signal), getMaxListeners(shared)]).toEqual([0, 0]);
  stop.abort(new Error('stop'));
  expect(shared.reason).toEqual(new Error('stop'));
});
