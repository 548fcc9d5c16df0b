import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import type { EmbeddedCloudFoundryOptions } from '../../../src/embedded/cloudfoundry/index.js';
import { Load } from '../load.js';
import { openFoundation, ROUTE } from './support.js';

const CLIENTS = { fresh: 3, keepAlive: 2, pauseMs: 2 };

async function underLoad(
  options: EmbeddedCloudFoundryOptions,
  work: (at: Awaited<ReturnType<typeof openFoundation>>) => Promise<unknown>,
) {
  await using at = await openFoundation(options);
  const load = new Load(await at.platform.liveUrl(ROUTE), CLIENTS);
  await work(at);
  await at.platform.settled();
  await pause(50);
  return await load.stop();
}

async function asked(url: string, headers: Record<string, string> = {}) {
  const answer = await fetch(url, { headers });
  return {
    status: answer.status,
    slot: answer.headers.get('x-app-slot'),
    error: answer.headers.get('x-cf-routererror'),
  };
}

describe('users', () => {
  test('lose nothing when green is mapped, known by all routers, and only then blue is unmapped and stopped', async () => {
    const { failed, failures, bySlot } = await underLoad({}, async ({ cf, platform }) => {
      await cf.map('myapp-green');
      await platform.settled();
      await cf.unmap('myapp');
      await platform.settled();
      await cf.post(`/v3/apps/${await cf.app('myapp')}/actions/stop`);
    });
    expect({ failed, failures }).toEqual({ failed: 0, failures: new Map() });
    expect([...bySlot.keys()].sort()).toEqual(['myapp', 'myapp-green']);
  });

  test("lose requests by the walk-through's own order, which waits for no router", async () => {
    const timing = { map: [150, 300], unmap: [5, 10] };
    const { failures } = await underLoad({ timing }, async ({ cf }) => {
      await cf.map('myapp-green');
      await cf.unmap('myapp');
      await cf.job(await cf.delete(`/v3/apps/${await cf.app('myapp')}`));
    });
    expect(failures.get('404')).toBeGreaterThan(0);
  });

  test('lose requests when destinations are replaced in one step', async () => {
    const timing = { map: [30, 120], unmap: [5, 10], hooks: 20 };
    const { failures } = await underLoad({ timing }, async ({ cf }) => {
      const guid = await cf.app('myapp-green');
      await cf.patch(`/v3/routes/${await cf.route()}/destinations`, { destinations: [{ app: { guid } }] });
    });
    expect(failures.get('404')).toBeGreaterThan(0);
  });

  test('lose requests when an app is stopped that is still mapped, and ends abruptly', async () => {
    const timing = { unmap: [150, 150] };
    const behaviour = () => ({ drains: false });
    const { failures } = await underLoad({ timing, behaviour }, async ({ cf, platform }) => {
      await cf.map('myapp-green');
      await platform.settled();
      await cf.post(`/v3/apps/${await cf.app('myapp')}/actions/stop`);
    });
    expect([...failures.keys()].sort()).toContain('502');
  });
});

describe('a router', () => {
  test('tells that no app answers a host, and which instance it was asked for in vain', async () => {
    await using at = await openFoundation();
    expect(await asked(await at.platform.liveUrl('nobody.example.test'))).toMatchObject({
      status: 404,
      error: 'unknown_route',
    });
    const url = await at.platform.liveUrl(ROUTE);
    const green = await at.cf.app('myapp-green');
    expect(await asked(url, { 'X-Cf-App-Instance': `${green}:0` })).toMatchObject({
      status: 400,
      error: 'unknown_route',
    });
    expect(await asked(url, { 'X-Cf-App-Instance': 'green' })).toMatchObject({
      status: 400,
      error: 'invalid_cf_app_instance_header',
    });
    const blue = await at.cf.app('myapp');
    expect(await asked(url, { 'X-Cf-App-Instance': `${blue}:1` })).toMatchObject({ status: 200, slot: 'myapp' });
  });

  test('leads to whoever has a wildcard when the last app of a route is gone: a wrong answer, and no error', async () => {
    await using at = await openFoundation();
    const { organization, space, domain } = { organization: 'shop', space: 'production', domain: 'example.test' };
    const apps = [{ name: 'catch-all', version: '9' }];
    await at.platform.seed({ organization, space, domain, apps, routes: { '*.example.test': ['catch-all'] } });
    await at.cf.unmap('myapp');
    await at.platform.settled();
    expect(await asked(await at.platform.liveUrl(ROUTE))).toMatchObject({ status: 200, slot: 'catch-all' });
  });

  test('takes the longest path first', async () => {
    await using at = await openFoundation();
    const place = { organization: 'shop', space: 'production', domain: 'example.test' };
    await at.platform.seed({ ...place, routes: { [`${ROUTE}/green`]: ['myapp-green'] } });
    expect(await asked(await at.platform.liveUrl(`${ROUTE}/green/page`))).toMatchObject({ slot: 'myapp-green' });
    expect(await asked(await at.platform.liveUrl(`${ROUTE}/greenhouse`))).toMatchObject({ slot: 'myapp' });
  });

  test('finishes a request that was under way when its instance was unmapped', async () => {
    const behaviour = () => ({ latencyMs: 300 });
    await using at = await openFoundation({ behaviour });
    const pending = asked(await at.platform.liveUrl(ROUTE));
    await pause(50);
    await at.cf.map('myapp-green');
    await at.cf.unmap('myapp');
    expect(await pending).toMatchObject({ status: 200, slot: 'myapp' });
  });

  test('tries another instance when one refuses the connection', async () => {
    await using at = await openFoundation();
    at.platform.lost.unmaps = 10;
    at.platform.instances('myapp')[0]?.die();
    const url = await at.platform.liveUrl(ROUTE);
    const answers = await Promise.all(Array.from({ length: 10 }, () => asked(url)));
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  });
});

describe('a foundation that is not well', () => {
  test('answers 200 to a mapping that no router hears of', async () => {
    await using at = await openFoundation();
    at.platform.lost.maps = 2;
    expect((await at.cf.map('myapp-green')).status).toBe(200);
    await at.platform.settled();
    const green = await at.cf.app('myapp-green');
    const url = await at.platform.liveUrl(ROUTE);
    expect(await asked(url, { 'X-Cf-App-Instance': `${green}:0` })).toMatchObject({ status: 400 });
  });

  test('goes on to send users to an instance whose removal was lost, until one of them fails', async () => {
    await using at = await openFoundation({ behaviour: () => ({ drains: false }) });
    await at.cf.map('myapp-green');
    await at.platform.settled();
    at.platform.lost.unmaps = 10;
    await at.cf.unmap('myapp');
    await at.platform.settled();
    const blue = await at.cf.app('myapp');
    const url = await at.platform.liveUrl(ROUTE);
    expect(await asked(url, { 'X-Cf-App-Instance': `${blue}:0` })).toMatchObject({ status: 200, slot: 'myapp' });
  });

  test('refuses to remove a destination twice, and to make a route twice', async () => {
    await using at = await openFoundation();
    expect((await at.cf.unmap('myapp')).status).toBe(204);
    const again = await at.cf.delete(
      `/v3/routes/${await at.cf.route()}/destinations/00000000-0000-0000-0000-000000000000`,
    );
    expect([again.status, again.body.errors[0].code]).toEqual([422, 10008]);
    const { relationships, host } = (await at.cf.get(`/v3/routes/${await at.cf.route()}`)).body;
    const made = await at.cf.post('/v3/routes', { host, relationships });
    expect(made.body.errors[0].detail).toBe("Route already exists with host 'myapp' for domain 'example.test'.");
  });
});
