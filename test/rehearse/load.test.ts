import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startLoads } from '../../src/rehearse/load.js';

const OPTIONS = { connections: 1, pauseMs: 5, slotHeader: 'x-app-slot', atMostMs: 10_000 };
const server = createServer(({ url }, response) => {
  response.writeHead(url === '/ill' ? 500 : 200, { 'x-app-slot': url === '/ill' ? 'ill' : 'blue' }).end('{}');
});
let base = '';

beforeAll(async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

describe('the load of a rehearsal', () => {
  test('is on every target, and counts what users of any of them lost, and when', async () => {
    const from = performance.now();
    const load = startLoads([`${base}/well`, `${base}/ill`], OPTIONS);
    await sleep(150);
    const counts = await load.stop();
    expect(counts.bySlot.blue).toBeGreaterThan(3);
    expect(counts.failed).toBeGreaterThan(3);
    expect(counts.requests).toBe(counts.failed + (counts.bySlot.blue ?? 0));
    expect(counts.errors[0]).toContain('HTTP 500 from ill');
    expect(load.failedBetween(from, performance.now())).toBe(counts.failed);
    expect(load.failedBetween(0, from)).toBe(0);
  });

  test('is none where no target has a URL: nothing is asked, and nothing is lost', async () => {
    const load = startLoads([], OPTIONS);
    expect(await load.stop()).toMatchObject({ requests: 0, failed: 0, bySlot: {} });
  });
});
