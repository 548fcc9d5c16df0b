import { describe, expect, test } from '@jest/globals';
import { openFoundation } from './support.js';

describe('the API', () => {
  test('leads from its root to everything else, by the address that it was asked at', async () => {
    await using at = await openFoundation();
    const { body } = await at.cf.get('/');
    expect(body.links.cloud_controller_v3.href).toBe(`${at.platform.url}/v3`);
    expect(body.links.login.href).toBe(`${at.platform.url}/uaa`);
    expect(body.links.cloud_controller_v2).toBeNull();
  });

  test('refuses what it was not told who asks, and a token that it does not know', async () => {
    await using at = await openFoundation();
    const bare = await fetch(`${at.platform.url}/v3/apps`);
    expect([bare.status, await bare.json()]).toMatchObject([401, { errors: [{ code: 10002 }] }]);
    at.cf.token = 'wrong';
    const wrong = await at.cf.get('/v3/apps');
    expect([wrong.status, wrong.body.errors[0]]).toEqual([
      401,
      { code: 1000, title: 'CF-InvalidAuthToken', detail: 'Invalid Auth Token' },
    ]);
  });

  test('names the parameters that it knows when it is asked with another one', async () => {
    await using at = await openFoundation();
    const { status, body } = await at.cf.get('/v3/apps?colour=blue');
    expect([status, body.errors[0].code]).toEqual([400, 10005]);
    expect(body.errors[0].detail).toMatch(/Unknown query parameter\(s\): 'colour'\. Valid parameters are: /);
  });

  test('gives lists in pages, and finds names in any case', async () => {
    await using at = await openFoundation();
    const { body } = await at.cf.get('/v3/apps?per_page=1&page=1');
    expect(body.pagination).toMatchObject({ total_results: 2, total_pages: 2, previous: null });
    const next = await at.cf.get(body.pagination.next.href.replace(at.platform.url, ''));
    expect(next.body.resources.map(({ name }: { name: string }) => name)).toEqual(['myapp-green']);
    expect((await at.cf.get('/v3/apps?names=MYAPP')).body.resources).toHaveLength(1);
  });

  test('says that a name is taken in two ways: when it is made, and when it is changed', async () => {
    await using at = await openFoundation();
    const green = await at.cf.app('myapp-green');
    const space = (await at.cf.get(`/v3/apps/${green}`)).body.relationships.space;
    const made = await at.cf.post('/v3/apps', { name: 'myapp', relationships: { space } });
    expect([made.status, made.body.errors[0].code]).toEqual([422, 10016]);
    const renamed = await at.cf.patch(`/v3/apps/${green}`, { name: 'myapp' });
    expect([renamed.status, renamed.body.errors[0]]).toMatchObject([
      422,
      { code: 10008, detail: "App with the name 'myapp' already exists." },
    ]);
  });

  test('keeps metadata within its lengths, and forgets what is set to null', async () => {
    await using at = await openFoundation();
    const path = `/v3/apps/${await at.cf.app('myapp')}`;
    const set = await at.cf.patch(path, {
      metadata: { annotations: { run: 'r'.repeat(5_000) }, labels: { role: 'live' } },
    });
    expect(set.body.metadata.annotations.run).toHaveLength(5_000);
    const long = await at.cf.patch(path, { metadata: { annotations: { run: 'r'.repeat(5_001) } } });
    expect([long.status, long.body.errors[0].code]).toEqual([422, 10008]);
    const cleared = await at.cf.patch(path, { metadata: { labels: { role: null } } });
    expect(cleared.body.metadata.labels).toEqual({});
  });

  test('takes an image or bits to a droplet that an app can run', async () => {
    await using at = await openFoundation();
    const space = (await at.cf.get('/v3/spaces')).body.resources[0].guid;
    const app = await at.cf.post('/v3/apps', {
      name: 'fresh',
      lifecycle: { type: 'docker', data: {} },
      relationships: { space: { data: { guid: space } } },
    });
    expect(app.status).toBe(201);
    const start = await at.cf.post(`/v3/apps/${app.body.guid}/actions/start`);
    expect(start.body.errors[0].detail).toBe('Assign a droplet before starting this app.');
    const made = await at.cf.post('/v3/packages', {
      type: 'docker',
      data: { image: 'registry.example/shop:7', username: 'me', password: 'hidden' },
      relationships: { app: { data: { guid: app.body.guid } } },
    });
    expect(made.body).toMatchObject({ state: 'READY', data: { password: '***' } });
    const build = await at.cf.post('/v3/builds', { package: { guid: made.body.guid } });
    expect(build.body.state).toBe('STAGING');
    await at.platform.settled();
    const { droplet } = (await at.cf.get(`/v3/builds/${build.body.guid}`)).body;
    await at.cf.patch(`/v3/apps/${app.body.guid}/relationships/current_droplet`, { data: { guid: droplet.guid } });
    expect((await at.cf.post(`/v3/apps/${app.body.guid}/actions/start`)).body.state).toBe('STARTED');
    await at.platform.settled();
    const { resources } = (await at.cf.get(`/v3/apps/${app.body.guid}/processes/web/stats`)).body;
    expect(resources).toMatchObject([{ index: 0, state: 'RUNNING', routable: true }]);
  });

  test('does what takes time in a job, and a second upload never', async () => {
    await using at = await openFoundation();
    const deleted = await at.cf.delete(`/v3/apps/${await at.cf.app('myapp-green')}`);
    expect([deleted.status, deleted.body]).toEqual([202, '']);
    expect(await at.cf.job(deleted)).toMatchObject({ operation: 'app.delete', state: 'COMPLETE', errors: [] });
    expect(await at.cf.app('myapp-green')).toBeUndefined();
    const app = await at.cf.app('myapp');
    const made = await at.cf.post('/v3/packages', { type: 'bits', relationships: { app: { data: { guid: app } } } });
    const form = 'multipart/form-data; boundary=x';
    const upload = () => at.cf.send('POST', `/v3/packages/${made.body.guid}/upload`, '--x--', form);
    expect((await upload()).body.state).toBe('PROCESSING_UPLOAD');
    expect((await upload()).body.errors[0].code).toBe(150004);
  });

  test('puts off who asks too often, with JSON that says that it is text', async () => {
    await using at = await openFoundation({ rateLimit: { limit: 2, windowMs: 1_000 } });
    await at.cf.get('/v3/apps');
    const last = await at.cf.get('/v3/apps');
    expect(last.headers.get('x-ratelimit-remaining')).toBe('0');
    const refused = await at.cf.get('/v3/apps');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('content-type')).toMatch(/^text\/plain/);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.body.errors[0].title).toBe('CF-RateLimitExceeded');
  });

  test('has for each instance a row of statistics, whether it runs or not', async () => {
    const behaviour = () => ({ healthyInstances: 1 });
    await using at = await openFoundation({ behaviour });
    const { resources } = (await at.cf.get(`/v3/apps/${await at.cf.app('myapp')}/processes/web/stats`)).body;
    expect(resources.map(({ state, routable }: { state: string; routable: boolean }) => [state, routable])).toEqual([
      ['RUNNING', true],
      ['STARTING', false],
    ]);
  });

  test('tells log lines and requests of an app, and of no other', async () => {
    await using at = await openFoundation();
    await fetch(await at.platform.liveUrl('myapp.example.test'));
    const read = `/log-cache/api/v1/read/${await at.cf.app('myapp')}`;
    const { batch } = (await at.cf.get(`${read}?envelope_types=TIMER`)).body.envelopes;
    expect(batch).toMatchObject([{ tags: { method: 'GET', status_code: '200' }, timer: { name: 'http' } }]);
    const logs = (await at.cf.get(`${read}?envelope_types=LOG`)).body.envelopes.batch;
    expect(Buffer.from(logs[0].log.payload, 'base64').toString()).toContain('Starting instance');
    expect((await at.cf.get('/log-cache/api/v1/read/nobody')).status).toBe(404);
  });
});

describe('Korifi', () => {
  test('has no request that replaces destinations, and takes its own token', async () => {
    await using at = await openFoundation({ isKorifi: true });
    at.cf.token = at.platform.token;
    const replaced = await at.cf.patch(`/v3/routes/${await at.cf.route()}/destinations`, { destinations: [] });
    expect(replaced.status).toBe(404);
    expect((await at.cf.get('/')).body).toMatchObject({ cf_on_k8s: true, links: { uaa: null } });
  });

  test('makes a second destination of the same app when no port is named', async () => {
    await using at = await openFoundation({ isKorifi: true });
    at.cf.token = at.platform.token;
    await at.cf.map('myapp-green');
    expect((await at.cf.map('myapp-green')).body.destinations).toHaveLength(3);
  });
});
