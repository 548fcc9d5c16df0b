import { describe, expect, test } from '@jest/globals';
import { Failure } from '../../src/failures.js';
import { DeadlinePassed, deadline, systemClock, until, within } from '../../src/lib/poll.js';

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

describe('work within a deadline', () => {
  test('answers what the work answers', async () => {
    await expect(within({ ms: 1_000, signal: never(), what: 'adding' }, async () => 1 + 1)).resolves.toBe(2);
  });

  test('ends in a failure that says how long it waited and for what', async () => {
    const waiting = within({ ms: 20, signal: never(), what: 'waiting for shop-green' }, signal =>
      systemClock.sleep(60_000, signal),
    );
    const thrown = await waiting.catch(error => error);
    expect(thrown).toBeInstanceOf(Failure);
    expect(thrown).toMatchObject({ code: 'TIMEOUT', message: 'Gave up after 20 ms while waiting for shop-green.' });
    expect(thrown.cause).toBeInstanceOf(DeadlinePassed);
  });

  test('throws what the work throws when there was time left', async () => {
    const broken = within({ ms: 1_000, signal: never(), what: 'x' }, () => Promise.reject(new Error('broken')));
    await expect(broken).rejects.toThrow('broken');
  });
});

describe('until', () => {
  test('looks again and again and answers the first thing seen', async () => {
    let looks = 0;
    const seen = await until({ intervalMs: 1, signal: never() }, () => (++looks === 3 ? 'there' : undefined));
    expect([seen, looks]).toEqual(['there', 3]);
  });

  test('looks at once, without an interval before', async () => {
    expect(await until({ intervalMs: 60_000, signal: never() }, async () => 'there')).toBe('there');
  });

  test('ends with the reason of its signal', async () => {
    using limit = deadline(never(), 20);
    await expect(until({ intervalMs: 5, signal: limit.signal }, () => undefined)).rejects.toBeInstanceOf(
      DeadlinePassed,
    );
  });

  test('hands on what the look throws', async () => {
    const look = () => Promise.reject(new Error('blind'));
    await expect(until({ intervalMs: 1, signal: never() }, look)).rejects.toThrow('blind');
  });
});
