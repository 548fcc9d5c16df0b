import { describe, expect, test } from '@jest/globals';
import { openFoundation } from './support.js';

const PLACE = { organization: 'shop', space: 'production', domain: 'example.test' };

describe('quotas', () => {
  test.each([
    ['memory in the space', { space: { memory: 4 * 256 } }, { instances: 3 }, 'memory space_quota_exceeded'],
    ['memory in the organization', { organization: { memory: 4 * 256 } }, { instances: 3 }, 'memory quota_exceeded'],
    ['instances', { space: { instances: 4 } }, { instances: 3 }, 'space_app_instance_limit_exceeded'],
    ['memory of one instance', { space: { memoryPerProcess: 256 } }, { memory_in_mb: 512 }, 'instance_memory_limit'],
  ])('hold for %s: what is too much is refused, and nothing of it is done', async (_, quotas, wanted, words) => {
    await using at = await openFoundation();
    await at.platform.seed({ ...PLACE, quotas });
    const app = await at.cf.app('myapp');
    const refused = await at.cf.post(`/v3/processes/${app}/actions/scale`, wanted);
    expect([refused.status, refused.body.errors[0].detail]).toEqual([422, expect.stringContaining(words)]);
    expect((await at.cf.get(`/v3/processes/${app}`)).body).toMatchObject({ instances: 2, memory_in_mb: 256 });
    expect((await at.cf.post(`/v3/processes/${app}/actions/scale`, { instances: 1 })).status).toBe(202);
  });

  test('count what runs: an app that is stopped takes nothing, and does not start where there is no room', async () => {
    await using at = await openFoundation();
    await at.platform.seed({ ...PLACE, quotas: { space: { memory: 3 * 256, routes: 1 } } });
    const [blue, green] = [await at.cf.app('myapp'), await at.cf.app('myapp-green')];
    await at.cf.post(`/v3/apps/${green}/actions/stop`);
    const space = (await at.cf.get(`/v3/apps/${blue}`)).body.relationships.space.data.guid;
    const used = (await at.cf.get(`/v3/spaces/${space}/usage_summary`)).body.usage_summary;
    expect(used).toMatchObject({ started_instances: 2, memory_in_mb: 512, routes: 1 });
    expect((await at.cf.post(`/v3/apps/${green}/actions/start`)).status).toBe(422);
    expect((await at.cf.get(`/v3/apps/${green}`)).body.state).toBe('STOPPED');
    const { relationships } = (await at.cf.get('/v3/routes')).body.resources[0];
    const route = await at.cf.post('/v3/routes', { host: 'another', relationships });
    expect(route.body.errors[0].detail).toBe("Routes quota exceeded for space 'production'.");
  });
});

test('who is no Space Developer may read, and write nothing', async () => {
  await using at = await openFoundation({ users: [{ name: 'eve', password: 'x', roles: ['space_auditor'] }] });
  at.cf.token = at.platform.uaa.issue('eve');
  const roles = (await at.cf.get('/v3/roles?user_guids=eve')).body.resources;
  expect(roles.map(({ type }: { type: string }) => type)).toEqual(['space_auditor']);
  const stopped = await at.cf.post(`/v3/apps/${await at.cf.app('myapp')}/actions/stop`);
  expect([stopped.status, stopped.body.errors[0].code]).toEqual([403, 10003]);
});
