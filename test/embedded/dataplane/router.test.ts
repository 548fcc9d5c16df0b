import { Agent, get } from 'node:http';
import { describe, expect, test } from '@jest/globals';
import { type Backend, DataPlane, type Instance, type Router } from '../../../src/embedded/dataplane/index.js';
import { Load, sleep } from '../load.js';

/** Two instances and a router that sends everything to blue. */
async function start(propagationMs = 20) {
  const plane = new DataPlane();
  const instance = (slot: string) => plane.startInstance({ app: 'shop', slot, version: slot, instance: `${slot}-0` });
  const [blue, green] = await Promise.all([instance('blue'), instance('green')]);
  const router = await plane.startRouter({ propagationMs });
  router.setBackends([backend(blue)]);
  await propagated(router);
  return { plane, blue, green, router, [Symbol.asyncDispose]: () => plane.close() };
}

const backend = (instance: Instance): Backend => ({ id: instance.identity.slot, port: instance.port });

async function propagated(router: Router): Promise<void> {
  while (router.propagating) await sleep(2);
}

function ask(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, answer => {
      answer.resume();
      answer.once('end', () => resolve(String(answer.headers['x-app-slot'])));
    }).once('error', reject);
  });
}

describe('a router', () => {
  test('decides once for each connection: established ones stay, new ones follow the list', async () => {
    await using at = await start();
    const kept = new Agent({ keepAlive: true, maxSockets: 1 });
    expect(await ask(at.router.url, kept)).toBe('blue');
    at.router.setBackends([backend(at.green)]);
    expect(await ask(at.router.url, new Agent())).toBe('blue');
    await propagated(at.router);
    expect(await ask(at.router.url, kept)).toBe('blue');
    expect(await ask(at.router.url, new Agent())).toBe('green');
    expect(at.router.connections.get('blue')).toEqual({ total: 2, open: 1 });
    kept.destroy();
  });

  test('shares new connections out among its backends', async () => {
    await using at = await start(0);
    at.router.setBackends([backend(at.blue), backend(at.green)]);
    const slots = new Set([await ask(at.router.url, new Agent()), await ask(at.router.url, new Agent())]);
    expect(slots).toEqual(new Set(['blue', 'green']));
  });

  test('resets a connection when there is no backend, or when the backend is gone', async () => {
    await using at = await start(0);
    at.router.setBackends([]);
    await expect(ask(at.router.url, new Agent())).rejects.toThrow();
    at.router.setBackends([backend(at.blue)]);
    at.blue.kill();
    await expect(ask(at.router.url, new Agent())).rejects.toThrow();
    expect(at.router.rejected).toBe(2);
  });
});

describe('under load, with keep-alive and fresh connections', () => {
  test('a switch loses nothing', async () => {
    await using at = await start();
    const load = new Load(at.router.url, { keepAlive: 20, fresh: 20 });
    await sleep(150);
    at.router.setBackends([backend(at.green)]);
    await sleep(200);
    const report = await load.stop();
    expect(report.failures).toEqual(new Map());
    expect(report.bySlot.get('green')).toBeGreaterThan(20);
    expect(report.bySlot.get('blue')).toBeGreaterThan(20);
  });

  test('a switch and then a draining end of the old instance lose nothing', async () => {
    await using at = await start();
    const load = new Load(at.router.url, { keepAlive: 20, fresh: 20 });
    await sleep(100);
    at.router.setBackends([backend(at.green)]);
    await at.blue.terminate(500, { lingerMs: 60 });
    await sleep(50);
    const report = await load.stop();
    expect(report.failures).toEqual(new Map());
    expect(at.router.connections.get('blue')?.open).toBe(0);
  });

  test('a switch and then a rude end of the old instance lose some', async () => {
    await using at = await start();
    const load = new Load(at.router.url, { keepAlive: 20, fresh: 20 });
    await sleep(100);
    at.router.setBackends([backend(at.green)]);
    await propagated(at.router);
    await at.blue.terminate(500, { drains: false });
    const report = await load.stop();
    expect(report.failed).toBeGreaterThan(0);
  });

  test('an empty list loses some', async () => {
    await using at = await start();
    const load = new Load(at.router.url, { keepAlive: 5, fresh: 5 });
    await sleep(50);
    at.router.setBackends([]);
    await sleep(80);
    at.router.setBackends([backend(at.green)]);
    await sleep(80);
    const report = await load.stop();
    expect(report.failures.get('ECONNRESET')).toBeGreaterThan(0);
  });

  test('it carries well over a thousand requests a second for 50 + 50 clients', async () => {
    await using at = await start();
    const load = new Load(at.router.url, { keepAlive: 50, fresh: 50 });
    const began = performance.now();
    await sleep(1_000);
    const report = await load.stop();
    const perSecond = (report.requests * 1_000) / (performance.now() - began);
    expect(report.failures).toEqual(new Map());
    expect(perSecond).toBeGreaterThan(1_000);
  });
});
