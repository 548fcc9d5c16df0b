import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { madeShares, sharesText } from '../../../src/platforms/cloudfoundry/shares.js';

describe('shares of traffic by numbers of instances', () => {
  test('are the nearest that can be made while one of the slots has all of its instances', () => {
    expect(madeShares([10, 25, 50, 75], 10)).toEqual({
      made: [
        { asked: 10, share: 9.1, sizes: { blue: 10, green: 1 } },
        { asked: 25, share: 23.1, sizes: { blue: 10, green: 3 } },
        { asked: 50, share: 50, sizes: { blue: 10, green: 10 } },
        { asked: 75, share: 76.9, sizes: { blue: 3, green: 10 } },
      ],
    });
  });

  test.each([
    [[10, 50], 3, /10 % is none that they can make; they can make 25 %, 40 %, 50 %, 60 %, 75 %$/],
    [[25], 1, /with 1 instances.*they can make 50 %$/],
    [[24, 26], 3, /25 % would be made of two of the steps/],
  ])('%j of %i instances are refused, with those that can be made', (asked, size, reason) => {
    expect(madeShares(asked, size)).toEqual({ problem: expect.stringMatching(reason) });
  });

  test('never need more than two full slots, and never less than one', () => {
    const given = fc.record({ share: fc.integer({ min: 1, max: 99 }), size: fc.integer({ min: 1, max: 60 }) });
    fc.assert(
      fc.property(given, ({ share, size }) => {
        const found = madeShares([share], size);
        if ('problem' in found) return expect(size).toBeLessThan(20);
        const [made] = found.made;
        const { blue = 0, green = 0 } = made?.sizes ?? {};
        expect(Math.max(blue, green)).toBe(size);
        expect(Math.min(blue, green)).toBeGreaterThan(0);
        expect(Math.abs((made?.share ?? 0) - share)).toBeLessThanOrEqual(5);
        expect(Math.abs((100 * green) / (blue + green) - (made?.share ?? 0))).toBeLessThanOrEqual(0.05);
      }),
    );
  });

  test('are told with the numbers that make them', () => {
    expect(sharesText({ 'shop-blue': 10, 'shop-green': 1 })).toBe(
      '90.9 % shop-blue + 9.1 % shop-green (10 + 1 instances)',
    );
  });
});
