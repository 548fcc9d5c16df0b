import { expect, test } from '@jest/globals';
import { app, marathon, startWith } from './support.js';

const blue = app('/shop/web/blue', { instances: 0 });

test('an app lies in the group that its id says', async () => {
  await using at = await startWith([blue, app('/jobs', { instances: 0 })]);
  const root = (await marathon(at, 'GET', '/v2/groups')).body;
  expect(root.apps.map(({ id }: { id: string }) => id)).toEqual(['/jobs']);
  expect(root.groups).toMatchObject([
    { id: '/shop', apps: [], groups: [{ id: '/shop/web', apps: [{ id: blue.id }] }] },
  ]);
  expect((await marathon(at, 'GET', '/v2/groups/shop/web')).body.apps).toHaveLength(1);
  const { body, status } = await marathon(at, 'GET', '/v2/groups/shoq');
  expect([status, body.message]).toEqual([404, "Group '/shoq' does not exist"]);
});

test('all apps of a group are found at once', async () => {
  await using at = await startWith([blue, app('/shop/cart', { instances: 0 }), app('/jobs', { instances: 0 })]);
  expect((await marathon(at, 'GET', '/v2/apps//shop/*')).body['*']).toHaveLength(2);
});

test('a group is deployed as one: ids are read from its own, and apps that it does not name stay', async () => {
  await using at = await startWith([blue]);
  const apps = [app('one'), app('two', { instances: 2 })];
  const { body, status } = await marathon(at, 'PUT', '/v2/groups/shop', { apps });
  expect([status, at.marathon.deployments.get(body.deploymentId)?.changes.size]).toEqual([200, 2]);
  await at.settled();
  expect([...at.marathon.apps.keys()].sort()).toEqual(['/shop/one', '/shop/two', '/shop/web/blue']);
  expect(at.tasks('/shop/two')).toHaveLength(2);
});

test('a group goes with everything in it', async () => {
  await using at = await startWith([blue, app('/shop/cart'), app('/jobs', { instances: 0 })]);
  expect((await marathon(at, 'DELETE', '/v2/groups/shop')).status).toBe(200);
  await at.settled();
  expect([...at.marathon.apps.keys()]).toEqual(['/jobs']);
});
