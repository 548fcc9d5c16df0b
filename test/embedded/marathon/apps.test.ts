import { describe, expect, test } from '@jest/globals';
import { app, call, marathon, startWith, until } from './support.js';

const shop = app('/shop/blue', { instances: 2, labels: { app: 'shop', tier: 'web' } });
const unprobed = { timing: { firstProbe: 60_000 } };

describe('an app', () => {
  test('is created with 201, the id of its deployment in a header, and counts of zero', async () => {
    await using at = await startWith([]);
    const answer = await marathon(at, 'POST', '/v2/apps', shop);
    expect(answer.status).toBe(201);
    const [deployment] = answer.body.deployments;
    expect(answer.headers.get('marathon-deployment-id')).toBe(deployment.id);
    expect(answer.body).toMatchObject({ id: '/shop/blue', tasksStaged: 0, tasksRunning: 0, tasksHealthy: 0 });
  });

  test('that exists is refused with 409 and without deployments: that is no lock', async () => {
    await using at = await startWith([shop]);
    const { status, body } = await marathon(at, 'POST', '/v2/apps', shop);
    expect([status, body]).toEqual([409, { message: 'An app with id [/shop/blue] already exists.' }]);
  });

  test('has counts and deployments in every list, and tasks only where they are embedded', async () => {
    await using at = await startWith([shop]);
    const [bare] = (await marathon(at, 'GET', '/v2/apps')).body.apps;
    expect(bare).toMatchObject({ tasksRunning: 2, tasksHealthy: 2, tasksUnhealthy: 0, deployments: [] });
    expect(bare).not.toHaveProperty('tasks');
    const [full] = (await marathon(at, 'GET', '/v2/apps?embed=apps.tasks')).body.apps;
    expect(full.tasks).toHaveLength(2);
    expect((await marathon(at, 'GET', '/v2/apps//shop/blue')).body.app.tasks).toHaveLength(2);
  });

  test.each([
    ['tier', 2],
    ['tier==web', 1],
    ['tier!=web', 1],
    ['tier in (web,jobs)', 2],
    ['tier notin (web)', 1],
    ['app==shop,tier==web', 1],
    ['nothing', 0],
  ])('is found by the label selector "%s"', async (selector, count) => {
    await using at = await startWith([shop, app('/jobs', { instances: 0, labels: { tier: 'jobs' } })]);
    const { body } = await marathon(at, 'GET', `/v2/apps?label=${encodeURIComponent(selector)}`);
    expect(body.apps).toHaveLength(count);
  });

  test('is changed by PATCH, which never creates', async () => {
    await using at = await startWith([shop]);
    const { body, status } = await marathon(at, 'PATCH', '/v2/apps/shop/blue', { instances: 3 });
    expect([status, Object.keys(body).sort()]).toEqual([200, ['deploymentId', 'version']]);
    const missing = await marathon(at, 'PATCH', '/v2/apps/shop/bleu', { instances: 3 });
    expect([missing.status, missing.body]).toEqual([404, { message: "App '/shop/bleu' does not exist" }]);
  });

  test('is created by PUT when its id is mistyped: 201, or 422 when the rest makes no app', async () => {
    await using at = await startWith([shop]);
    expect((await marathon(at, 'PUT', '/v2/apps/shop/bleu', { ...shop, id: undefined })).status).toBe(201);
    const { status, body } = await marathon(at, 'PUT', '/v2/apps/shop/green', { instances: 1 });
    expect([status, body.details[0].path]).toEqual([422, '/']);
  });

  test('keeps its versions, goes back to one by PUT, and forgets them all when it is removed', async () => {
    await using at = await startWith([shop]);
    await marathon(at, 'PATCH', '/v2/apps/shop/blue', { cpus: 0.2 });
    await at.settled();
    const { versions } = (await marathon(at, 'GET', '/v2/apps/shop/blue/versions')).body;
    expect(versions).toHaveLength(2);
    const first = await marathon(at, 'GET', `/v2/apps/shop/blue/versions/${versions[1]}`);
    expect(first.body.cpus).toBe(0.1);
    expect((await marathon(at, 'PUT', '/v2/apps/shop/blue', { version: versions[1] })).status).toBe(200);
    await at.settled();
    expect((await marathon(at, 'GET', '/v2/apps/shop/blue')).body.app.cpus).toBe(0.1);
    await marathon(at, 'DELETE', '/v2/apps/shop/blue');
    await at.settled();
    expect((await marathon(at, 'PUT', '/v2/apps/shop/blue', { version: versions[1] })).status).toBe(422);
  });

  test('keeps its tasks and their version when it is scaled, and replaces them when a label is set', async () => {
    await using at = await startWith([shop]);
    const before = at.tasks('/shop/blue').map(({ id }) => id);
    await marathon(at, 'PATCH', '/v2/apps/shop/blue', { instances: 3 });
    await at.settled();
    const { app: scaled } = (await marathon(at, 'GET', '/v2/apps/shop/blue')).body;
    expect(scaled.versionInfo.lastConfigChangeAt).not.toBe(scaled.version);
    const kept = scaled.tasks.filter(({ id }: { id: string }) => before.includes(id));
    expect(kept.map(({ version }: { version: string }) => version)).toEqual(
      [1, 2].map(() => scaled.versionInfo.lastConfigChangeAt),
    );
    await marathon(at, 'PATCH', '/v2/apps/shop/blue', { labels: { journal: 'one' } });
    await at.settled();
    expect(at.tasks('/shop/blue').some(({ id }) => before.includes(id))).toBe(false);
  });

  test('is removed by force unless the request says force=false', async () => {
    await using at = await startWith([], unprobed);
    await marathon(at, 'POST', '/v2/apps', shop);
    expect((await marathon(at, 'DELETE', '/v2/apps/shop/blue?force=false')).status).toBe(409);
    expect((await marathon(at, 'DELETE', '/v2/apps/shop/blue')).status).toBe(200);
    await until('the app is gone', () => at.marathon.deployments.size === 0);
    expect((await marathon(at, 'GET', '/v2/apps/shop/blue')).status).toBe(404);
  });
});

describe('error bodies', () => {
  test.each([
    ['POST', '/v2/apps', '', 400, { message: 'Please specify data in JSON format' }],
    ['POST', '/v2/apps', { id: 7 }, 422, { details: [{ path: '/id', errors: ['error.expected.jsstring'] }] }],
    ['GET', '/v2/apps/x', undefined, 404, { message: "App '/x' does not exist" }],
    ['DELETE', '/v2/deployments/x', undefined, 404, { message: 'DeploymentPlan x does not exist' }],
    ['GET', '/v2/elsewhere', undefined, 500, { message: 'URI not found' }],
    ['POST', '/v2/tasks/delete', { ids: ['x_y.instance-1'] }, 404, { message: "Path '/x/y' does not exist" }],
    [
      'POST',
      '/v2/tasks/delete?scale=true&wipe=true',
      { ids: [] },
      400,
      { message: 'You cannot use scale and wipe at the same time.' },
    ],
    [
      'POST',
      '/v2/apps',
      { id: '/x' },
      422,
      {
        message: 'Object is not valid',
        details: [
          {
            path: '/',
            errors: ["AppDefinition must either contain one of 'cmd' or 'args', and/or a 'container'."],
          },
        ],
      },
    ],
  ])('%s %s with %j is answered %i', async (method, path, body, status, expected) => {
    await using at = await startWith([]);
    const answer = await marathon(at, method, path, body);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject(expected);
  });

  test('text that is no JSON is 400, and its details are a string, not a list', async () => {
    await using at = await startWith([]);
    const { status, body } = await marathon(at, 'POST', '/v2/apps', '{"id": ');
    expect([status, body.message]).toEqual([400, 'Invalid JSON']);
    expect(body.details).toMatch(/^Unexpected end-of-input/);
  });

  test('an id that can be no task of any app is 400', async () => {
    await using at = await startWith([]);
    const { status, body } = await marathon(at, 'POST', '/v2/tasks/delete', { ids: ['x'] });
    expect([status, body.message]).toEqual([400, expect.stringMatching(/^Invalid task id 'x'\. \[/)]);
  });

  test('a request that there is no route for can be seen by a test', async () => {
    await using at = await startWith([]);
    await marathon(at, 'GET', '/v2/elsewhere');
    await call(at, 'GET', '/nowhere');
    expect(at.unknownRequests.map(({ path }) => path)).toEqual(['/service/marathon/v2/elsewhere', '/nowhere']);
  });
});
