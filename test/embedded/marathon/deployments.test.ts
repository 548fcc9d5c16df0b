import { describe, expect, test } from '@jest/globals';
import { app, marathon, startWith, until } from './support.js';

const blue = app('/svc-blue', { instances: 2 });
const sick = { 'embedded.cutover/start': 'never-healthy' };

describe('a deployment', () => {
  test('locks its app with 409 and its id, is listed while it lasts, and vanishes when it is done', async () => {
    await using at = await startWith([]);
    const created = await marathon(at, 'POST', '/v2/apps', blue);
    const [{ id }] = created.body.deployments;
    const locked = await marathon(at, 'PATCH', '/v2/apps/svc-blue', { instances: 3 });
    expect(locked.status).toBe(409);
    expect(locked.body).toEqual({
      message:
        "App is locked by one or more deployments. Override with the option '?force=true'. View details at '/v2/deployments/<DEPLOYMENT_ID>'.",
      deployments: [{ id }],
    });
    const [listed] = (await marathon(at, 'GET', '/v2/deployments')).body;
    expect(listed).toMatchObject({ id, affectedApps: ['/svc-blue'], affectedPods: [], totalSteps: 2 });
    expect(listed.steps).toEqual([
      { actions: [{ action: 'StartApplication', app: '/svc-blue' }] },
      { actions: [{ action: 'ScaleApplication', app: '/svc-blue' }] },
    ]);
    await at.settled();
    expect((await marathon(at, 'GET', '/v2/deployments')).body).toEqual([]);
  });

  test('that never becomes healthy goes on for ever, until its removal goes back to what was', async () => {
    await using at = await startWith([blue]);
    await marathon(at, 'POST', '/v2/apps', app('/svc-green', { labels: sick }));
    await until('green has been probed', () => at.tasks('/svc-green')[0]?.healthResults.length === 1);
    const [deployment] = (await marathon(at, 'GET', '/v2/deployments')).body;
    expect(deployment.currentActions).toMatchObject([{ action: 'ScaleApplication', app: '/svc-green' }]);
    const { status, body } = await marathon(at, 'DELETE', `/v2/deployments/${deployment.id}`);
    expect([status, Object.keys(body).sort()]).toEqual([200, ['deploymentId', 'version']]);
    await at.settled();
    expect([at.app('/svc-green'), at.tasks('/svc-blue').length]).toEqual([undefined, 2]);
  });

  test('that is removed by force is answered 202 without a body, and leaves things half way', async () => {
    await using at = await startWith([]);
    const created = await marathon(at, 'POST', '/v2/apps', app('/svc-green', { labels: sick }));
    const path = `/v2/deployments/${created.body.deployments[0].id}`;
    const { status, text } = await marathon(at, 'DELETE', `${path}?force=true`);
    expect([status, text]).toEqual([202, '']);
    await at.settled();
    expect(at.app('/svc-green')).toBeDefined();
    expect((await marathon(at, 'DELETE', path)).status).toBe(404);
  });

  test('that a forced one cancels tells so in an event, and is gone as if it had been done', async () => {
    await using at = await startWith([]);
    const failed: unknown[] = [];
    at.events.listen(event => {
      if (event.eventType === 'deployment_failed') failed.push(event.id);
    });
    const created = await marathon(at, 'POST', '/v2/apps', app('/svc-green', { labels: sick }));
    await marathon(at, 'PATCH', '/v2/apps/svc-green?force=true', { instances: 0 });
    await at.settled();
    expect(failed).toEqual([created.body.deployments[0].id]);
  });

  test('waits for readiness checks, tells their answers, and forgets them when they have said yes', async () => {
    const readinessChecks = [
      {
        name: 'warm',
        protocol: 'HTTP',
        path: '/warm',
        portName: 'web',
        intervalSeconds: 1,
        preserveLastResponse: true,
      },
    ];
    await using at = await startWith([]);
    const labels = { 'embedded.cutover/answers': '{"/warm": {"status": 503, "body": "cold"}}' };
    await marathon(at, 'POST', '/v2/apps', app('/svc-green', { readinessChecks, labels }));
    const results = async () =>
      (await marathon(at, 'GET', '/v2/deployments')).body[0].currentActions[0].readinessCheckResults;
    await until('the check has been made', async () => (await results())[0]?.lastResponse !== undefined);
    expect(await results()).toMatchObject([
      { name: 'warm', ready: false, lastResponse: { status: 503, body: 'cold' } },
    ]);
    at.instances('/svc-green')[0]?.answer('/warm', { body: 'warm' });
    await at.settled();
    expect((await marathon(at, 'GET', '/v2/apps/svc-green')).body.app).toMatchObject({
      tasksHealthy: 1,
      deployments: [],
    });
  });

  test('of a new configuration replaces the tasks without ever having too few healthy ones', async () => {
    await using at = await startWith([blue]);
    let fewest = 2;
    const watching = setInterval(() => {
      fewest = Math.min(fewest, at.tasks('/svc-blue').filter(task => task.isHealthy).length);
    }, 2);
    await marathon(at, 'PATCH', '/v2/apps/svc-blue', { env: { VERSION: '2' } });
    await at.settled();
    clearInterval(watching);
    expect(fewest).toBe(2);
    expect(at.instances('/svc-blue').map(({ identity }) => identity.version)).toEqual(['2', '2']);
  });

  test('of several apps locks them all', async () => {
    await using at = await startWith([app('/a'), app('/b', { labels: { 'embedded.cutover/drains': 'true' } })]);
    for (const { instance } of [...at.tasks('/a'), ...at.tasks('/b')]) instance?.answer('*', { delayMs: 300 });
    const ids = [...at.tasks('/a'), ...at.tasks('/b')].map(({ id }) => id);
    const { body } = await marathon(at, 'POST', '/v2/tasks/delete?scale=true', { ids });
    for (const id of ['a', 'b']) {
      const { status, body: refusal } = await marathon(at, 'PATCH', `/v2/apps/${id}`, { instances: 3 });
      expect([status, refusal.deployments]).toEqual([409, [{ id: body.deploymentId }]]);
    }
  });

  test('is refused with 403 when a hundred others run: that is no question of permissions', async () => {
    await using at = await startWith([]);
    for (let index = 0; index < 100; index += 1) {
      await marathon(
        at,
        'POST',
        '/v2/apps',
        app(`/many-${index}`, { labels: { 'embedded.cutover/start': 'no-offer' } }),
      );
    }
    const { body, status } = await marathon(at, 'POST', '/v2/apps', blue);
    expect([status, body.message]).toEqual([403, expect.stringMatching(/^Max number \(100\) of running deployments/)]);
  });
});
