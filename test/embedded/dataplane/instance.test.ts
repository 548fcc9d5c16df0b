import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { Instance } from '../../../src/embedded/dataplane/index.js';
import { Load, sleep } from '../load.js';

const shop = { app: 'shop', slot: 'shop-blue', version: 'v1', instance: 'shop-blue-0' };

describe('an instance', () => {
  test('says who it is, on every path', async () => {
    const instance = await Instance.start(shop);
    const answer = await fetch(`${instance.url}/any/path?and=query`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-app-version')).toBe('v1');
    expect(answer.headers.get('x-app-slot')).toBe('shop-blue');
    expect(answer.headers.get('x-app-instance')).toBe('shop-blue-0');
    expect(await answer.json()).toEqual({ ...shop, path: '/any/path' });
    expect(instance.requests).toBe(1);
    instance.kill();
  });

  test('answers what it was given, by path, and can be changed while it runs', async () => {
    const answers = {
      '/metrics': { body: 'pending_operations 3\n' },
      '/healthz': { status: 503, json: { ready: false }, headers: { 'retry-after': '1' } },
      '/slow': { delayMs: 60 },
    };
    const instance = await Instance.start({ ...shop, answers });
    expect(await (await fetch(`${instance.url}/metrics`)).text()).toBe('pending_operations 3\n');
    const health = await fetch(`${instance.url}/healthz`);
    expect([health.status, health.headers.get('retry-after'), await health.json()]).toEqual([
      503,
      '1',
      { ready: false },
    ]);
    const start = performance.now();
    const slow = fetch(`${instance.url}/slow`);
    await sleep(20);
    expect(instance.inFlight).toBe(1);
    await slow;
    expect(performance.now() - start).toBeGreaterThanOrEqual(55);
    instance.answer('/metrics', { body: 'pending_operations 0\n' });
    expect(await (await fetch(`${instance.url}/metrics`)).text()).toBe('pending_operations 0\n');
    instance.fail(20);
    expect((await fetch(instance.url)).status).toBe(200);
    await sleep(40);
    expect((await fetch(instance.url)).status).toBe(500);
    instance.kill();
  });

  test('that is killed resets its connections and answers no more', async () => {
    const instance = await Instance.start({ ...shop, latencyMs: 200 });
    const inFlight = fetch(instance.url).then(
      () => 'answered',
      () => 'lost',
    );
    await sleep(30);
    instance.kill();
    await instance.stopped;
    expect(await inFlight).toBe('lost');
    await expect(fetch(instance.url)).rejects.toThrow();
    expect(instance.openConnections).toBe(0);
  });
});

describe('an instance that is asked to end', () => {
  test('and drains: loses no request of busy keep-alive clients, and ends when they are gone', async () => {
    const instance = await Instance.start(shop);
    const load = new Load(instance.url, { keepAlive: 8, pauseMs: 5 });
    await sleep(100);
    const start = performance.now();
    const ended = instance.terminate(1_000, { lingerMs: 100 });
    await sleep(60);
    const report = await load.stop();
    await ended;
    expect(report.failures).toEqual(new Map());
    expect(report.requests).toBeGreaterThan(50);
    expect(performance.now() - start).toBeLessThan(600);
  });

  test('and drains: answers those who were waiting to be accepted when its time came', async () => {
    const instance = await Instance.start(shop);
    const ended = instance.terminate(5_000, { lingerMs: 20 });
    // Timers come right after this, and connections after timers.
    await new Promise(resolve => setImmediate(resolve));
    const client = connect(instance.port, '127.0.0.1');
    const answer = once(client, 'data');
    client.write('GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n');
    // The connection is made meanwhile, and accepted by nobody.
    process.nextTick(() => {
      for (const until = performance.now() + 60; performance.now() < until; );
    });
    expect(String((await answer)[0])).toContain('HTTP/1.1 200');
    await ended;
  });

  test('and does not drain: loses requests', async () => {
    const instance = await Instance.start({ ...shop, latencyMs: 5 });
    const load = new Load(instance.url, { keepAlive: 8 });
    while (load.requests < 8) await sleep(5);
    await instance.terminate(1_000, { drains: false });
    const report = await load.stop();
    expect(report.failed).toBeGreaterThanOrEqual(8);
  });

  test('is killed at the end of its grace period, whatever is still in flight', async () => {
    const instance = await Instance.start({ ...shop, latencyMs: 5_000 });
    const inFlight = fetch(instance.url).then(
      () => 'answered',
      () => 'lost',
    );
    await sleep(30);
    const start = performance.now();
    await instance.terminate(100);
    expect(performance.now() - start).toBeLessThan(1_000);
    expect(await inFlight).toBe('lost');
  });
});
