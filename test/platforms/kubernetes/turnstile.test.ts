import { describe, expect, test } from '@jest/globals';
import { Turnstile } from '../../../src/platforms/kubernetes/turnstile.js';

const never = new AbortController().signal;
const moment = () => new Promise(resolve => setTimeout(resolve, 1));

describe('a turnstile', () => {
  test('lets no more through than it has places, and everybody in the end, in order', async () => {
    const turnstile = new Turnstile(2);
    let inside = 0;
    let most = 0;
    const order: number[] = [];
    const visit = (number: number) =>
      turnstile.pass(never, async () => {
        most = Math.max(most, ++inside);
        await moment();
        inside--;
        order.push(number);
      });
    await Promise.all([1, 2, 3, 4, 5].map(visit));
    expect([most, order]).toEqual([2, [1, 2, 3, 4, 5]]);
  });

  test('a failure gives its place back, and whoever gives up while waiting takes none', async () => {
    const turnstile = new Turnstile(1);
    const first = turnstile.pass(never, async () => {
      await moment();
      throw new Error('no');
    });
    const stop = new AbortController();
    const waiting = turnstile.pass(stop.signal, moment);
    const both = Promise.allSettled([first, waiting]);
    stop.abort(new Error('given up'));
    const reasons = (await both).map(one => (one.status === 'rejected' ? (one.reason as Error).message : 'done'));
    expect(reasons).toEqual(['no', 'given up']);
    expect(await turnstile.pass(never, async () => 'in')).toBe('in');
  });
});
