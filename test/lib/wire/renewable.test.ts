import { describe, expect, test } from '@jest/globals';
import { Renewable } from '../../../src/lib/wire/renewable.js';
import { notingClock } from './clock.js';

/** Tokens 1, 2, 3, ... good for a minute each; tells which was there before. */
function tokens(options: { readonly until?: Promise<unknown>; readonly failing?: number[] } = {}) {
  const clock = notingClock();
  const asked: (number | undefined)[] = [];
  const token = new Renewable<number>(clock.now, async last => {
    asked.push(last);
    const number = asked.length;
    await options.until;
    if (options.failing?.includes(number)) throw new Error(`login ${number} failed`);
    return { value: number, renewAt: clock.now() + 60_000 };
  });
  return { token, asked, clock };
}

describe('a token', () => {
  test('is asked for once for all who wait', async () => {
    const { token, asked } = tokens();
    expect(await Promise.all([token.get(), token.get(), token.get()])).toEqual([1, 1, 1]);
    expect(await token.get()).toBe(1);
    expect(asked).toEqual([undefined]);
  });

  test('is asked for again when it is time, once for all, and the former one helps', async () => {
    const { token, asked, clock } = tokens();
    await token.get();
    clock.pass(60_000);
    expect(await Promise.all([token.get(), token.get()])).toEqual([2, 2]);
    expect(asked).toEqual([undefined, 1]);
  });

  test('is asked for again after it was not accepted', async () => {
    const { token, asked } = tokens();
    await token.get();
    token.renew();
    expect(await Promise.all([token.get(), token.get()])).toEqual([2, 2]);
    expect(asked).toEqual([undefined, 1]);
  });

  test('that could not be had is told, and asked for again by whoever comes next', async () => {
    const { token, asked } = tokens({ failing: [1] });
    await expect(token.get()).rejects.toThrow('login 1 failed');
    expect(await token.get()).toBe(2);
    expect(asked).toEqual([undefined, undefined]);
  });
});

describe('whoever stops', () => {
  test('waits no longer, and the others get the token', async () => {
    let open = () => {};
    const until = new Promise<void>(resolve => {
      open = resolve;
    });
    const { token, asked } = tokens({ until });
    const stop = new AbortController();
    const [stopped, second, other] = [token.get(stop.signal), token.get(stop.signal), token.get()];
    stop.abort(new Error('enough'));
    await expect(stopped).rejects.toThrow('enough');
    await expect(second).rejects.toThrow('enough');
    open();
    expect(await other).toBe(1);
    expect(asked).toHaveLength(1);
  });

  test('does not leave a failure that nobody handles', async () => {
    const until = new Promise(resolve => setTimeout(resolve, 20));
    const { token } = tokens({ until, failing: [1] });
    await expect(token.get(AbortSignal.timeout(5))).rejects.toMatchObject({ name: 'TimeoutError' });
    await until;
    await new Promise(resolve => setTimeout(resolve, 5)); // an unhandled rejection would end the process here
    expect(await token.get()).toBe(2);
  });
});
