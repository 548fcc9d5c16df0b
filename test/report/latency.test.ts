import { describe, expect, test } from '@jest/globals';
import { p95Text } from '../../src/report/latency.js';

const window = (p95Ms: number | undefined) => ({ requests: 10, failed: 0, p95Ms });

describe('how long answers took', () => {
  test.each([
    ['both sides of the switch', window(12), window(14), '12 ms → 14 ms'],
    ['no answer before it', window(undefined), window(14), 'not known → 14 ms'],
    ['no switch: there is nothing to compare', undefined, window(876), '876 ms'],
    ['no switch and no answer', undefined, window(undefined), 'not known'],
  ])('is told of %s', (_what, before, after, text) => {
    expect(p95Text({ before, after })).toBe(text);
  });
});
