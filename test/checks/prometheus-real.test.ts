import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { inspect } from '../../src/checks/index.js';
import { DataPlane, type Instance } from '../../src/embedded/dataplane/index.js';
import { installed, startPrometheus } from './prometheus-server.js';
import { checkOf, subjectAt, toolsFor } from './subject.js';

const never = new AbortController().signal;
const { tools } = toolsFor('/');
const QUERY = 'shop_pending{slot="{{slot}}",version="{{version}}"}';
const blue = { slot: 'shop-blue', version: 'v1' };

(installed ? describe : describe.skip)('a real Prometheus (skipped where the package prometheus is missing)', () => {
  const plane = new DataPlane();
  let server: Awaited<ReturnType<typeof startPrometheus>> | undefined;
  const instances = new Map<string, Instance>();

  const verdict = (query: string, limit: string, more: object = {}) => {
    const written = { url: server?.url, query, expect: limit, interval: '100ms', ...more };
    return inspect(checkOf({ prometheus: written }), { ...subjectAt('http://unused'), blue }, tools, never);
  };
  /** From the next scrape on. */
  const tell = (slot: string, pending: string) =>
    instances.get(slot)?.answer('/metrics', { body: `shop_pending ${pending}\n` });

  beforeAll(async () => {
    const scraped = [];
    for (const [slot, version, pending] of [
      ['shop-blue', 'v1', '40'],
      ['shop-green', 'v2', '3'],
    ] as const) {
      const instance = await plane.startInstance({ app: 'shop', slot, version, instance: slot });
      instances.set(slot, instance);
      tell(slot, pending);
      scraped.push({ port: instance.port, labels: { slot, version } });
    }
    server = await startPrometheus(scraped);
    const both = await verdict('count(shop_pending)', '>= 2', { failures: 100, unknowns: 100 });
    expect(both.verdict).toBe('pass');
  }, 30_000);

  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await plane.close();
  });

  test.each([
    [QUERY, '< 5', 'pass'],
    [QUERY, '<= 0.1x blue', 'pass'],
    [QUERY, '>= 1x blue', 'fail'],
    ['sum(shop_pending)', '< 5', 'fail'],
    ['shop_pending', '< 5', 'unknown'],
    ['shop_pending{slot="nobody"}', '< 5', 'unknown'],
    ['sum(', '< 5', 'unknown'],
    [`scalar(${QUERY})`, '>= 3', 'pass'],
    ['shop_pending[5m]', '< 5', 'unknown'],
    [`${QUERY} / 0`, '< 5', 'unknown'],
  ])('%s %s is %s', async (query, limit, expected) => {
    expect(await verdict(query, limit)).toMatchObject({ verdict: expected, reason: expect.any(String) });
  });

  test('waits for numbers in a row that keep the limit', async () => {
    tell('shop-green', '9');
    await verdict(QUERY, '>= 9', { failures: 100 });
    setTimeout(() => tell('shop-green', '3'), 500);
    const result = await verdict(QUERY, '< 5', { passes: 3, failures: 100 });
    expect(result.verdict).toBe('pass');
    expect(result.attempts).toBeGreaterThan(3);
  });

  test('judges a range by its worst, its last and its average point', async () => {
    tell('shop-green', '90');
    await verdict(QUERY, '>= 90', { failures: 100 });
    await new Promise(resolve => setTimeout(resolve, 1_200));
    tell('shop-green', '3');
    await verdict(QUERY, '<= 3', { failures: 100 });
    const range = { range: '4s', step: '1s' };
    expect(await verdict(QUERY, '< 80', { ...range, judge: 'every' })).toMatchObject({ verdict: 'fail' });
    expect(await verdict(QUERY, '< 5', { ...range, judge: 'last' })).toMatchObject({ verdict: 'pass' });
    expect(await verdict(QUERY, '> 3', { ...range, judge: 'average' })).toMatchObject({ verdict: 'pass' });
  });

  test('knows nothing any more of an instance that is gone (P14)', async () => {
    instances.get('shop-green')?.kill();
    const gone = await verdict(`absent(${QUERY})`, '>= 1', { unknowns: 100 });
    expect(gone.verdict).toBe('pass');
    expect(await verdict(QUERY, '< 5')).toMatchObject({ verdict: 'unknown' });
    await new Promise(resolve => setTimeout(resolve, 2_000));
    const range = await verdict(QUERY, '< 5', { range: '4s', step: '1s', judge: 'last' });
    expect(range).toMatchObject({ verdict: 'unknown', reason: expect.stringContaining('its last number is') });
  });
});
