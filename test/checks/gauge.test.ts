import { describe, expect, test } from '@jest/globals';
import { readGauge } from '../../src/checks/gauge.js';

const NOW = 1_800_000_000_000;
const metric = (labels: Record<string, string> = {}) => ({
  path: '/metrics',
  name: 'pending_operations',
  labels,
  port: undefined,
  json: undefined,
});
const json = (path: string) => ({ path: '/status', json: path, labels: {}, port: undefined, name: undefined });

const PAGE = `# HELP pending_operations What is still to do.
# TYPE pending_operations gauge
pending_operations{queue="mail"} 3
pending_operations{queue="orders",kind="a\\"b"} 4
pending_operations_total 99
`;

describe('a gauge in Prometheus text', () => {
  test('is the sum of its samples, or of those with the labels that are asked for', async () => {
    expect(await readGauge(metric(), PAGE, NOW)).toEqual({ value: 7 });
    expect(await readGauge(metric({ queue: 'mail' }), PAGE, NOW)).toEqual({ value: 3 });
    expect(await readGauge(metric(), 'pending_operations 0\n', NOW)).toEqual({ value: 0 });
  });

  test.each([
    ['missing', 'other 0', 'pending_operations is not among its metrics'],
    ['empty', '', 'pending_operations is not among its metrics'],
    ['a page of errors', '<html>pending_operations</html>', 'pending_operations is not among its metrics'],
    ['NaN', 'pending_operations NaN', 'pending_operations is "NaN"'],
    ['infinite', 'pending_operations +Inf', 'pending_operations is "+Inf"'],
    ['negative', 'pending_operations -1', 'pending_operations is "-1"'],
    [
      'one good and one bad',
      'pending_operations{a="1"} 0\npending_operations{a="2"} NaN',
      'pending_operations is "NaN"',
    ],
    ['stale', `pending_operations 0 ${NOW - 60_000}`, 'pending_operations is 1 min old'],
    ['of no time', 'pending_operations 0 soon', 'pending_operations is'],
  ])('is not known when it is %s (P14)', async (_name, page, problem) => {
    expect(await readGauge(metric(), page, NOW)).toEqual({ problem: expect.stringContaining(problem) });
  });

  test('of labels that no sample has is not known', async () => {
    const read = await readGauge(metric({ queue: 'none' }), PAGE, NOW);
    expect(read).toEqual({ problem: 'pending_operations{queue="none"} is not among its metrics' });
  });
});

describe('a gauge in JSON', () => {
  test('is the number at its path', async () => {
    expect(await readGauge(json('jobs.pending'), '{"jobs":{"pending":12}}', NOW)).toEqual({ value: 12 });
    expect(await readGauge(json('[0].n'), '[{"n":"0"}]', NOW)).toEqual({ value: 0 });
  });

  test.each(['{}', 'no', '{"jobs":{"pending":null}}', '{"jobs":{"pending":""}}', '{"jobs":{"pending":-2}}', '[]'])(
    'is not known of %s (P14)',
    async text => {
      expect(await readGauge(json('jobs.pending'), text, NOW)).toEqual({ problem: expect.any(String) });
    },
  );
});
