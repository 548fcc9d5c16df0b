import { expect, test } from '@jest/globals';
import { expectResult, startHouse } from './house.js';
import { SocketUser } from './sockets.js';
import { SLOW, Users } from './users.js';

test("the walk-through's scenario loses no request, by GET or POST, on fresh or kept connections, and no message", async () => {
  await using house = await startHouse({ timing: SLOW });
  const users = new Users(house.url);
  const talkers = [new SocketUser(house.url), new SocketUser(house.url)];
  try {
    expectResult(await house.run({ verify: [{ http: { path: '/healthcheck' } }] }), 'succeeded');
    // Blue says goodbye as it goes, and whoever was still with it comes again.
    for (const talker of talkers) await talker.until('2');
  } finally {
    await users.stop();
    for (const talker of talkers) await talker.stop();
  }
  expect(users.failures).toEqual([]);
  for (const { failures, versions, goodbyes, messages } of talkers) {
    expect({ failures, versions: [...versions], goodbyes }).toEqual({
      failures: [],
      versions: ['1', '2'],
      goodbyes: 1,
    });
    expect(messages).toBeGreaterThan(50);
  }
  expect([...users.versions].sort()).toEqual(['1', '2']);
  expect(users.requests).toBeGreaterThan(100);
  expect(house.apps()).toEqual(['myapp']);
});

test('a green that is taken back after the switch loses none either', async () => {
  await using house = await startHouse({ timing: SLOW });
  const users = new Users(house.url);
  const talker = new SocketUser(house.url);
  try {
    const bake = { for: '200ms', checks: [{ http: { path: '/', expect: { status: 204 } } }] };
    expectResult(await house.run({ bake }), 'rolled-back');
  } finally {
    await users.stop();
    await talker.stop();
  }
  expect(users.failures).toEqual([]);
  // Blue was never stopped, so whoever was with it stayed.
  expect(talker).toMatchObject({ failures: [], goodbyes: 0 });
  expect(house.destinations()).toEqual(['myapp']);
  expect(house.apps()).toEqual(['myapp']);
});

test("the walk-through's own order loses requests on the same platform: what is measured here can fail", async () => {
  const apps = [
    { name: 'myapp', image: 'registry.test/myapp:1', instances: 2 },
    { name: 'myapp-green', image: 'registry.test/myapp:2', instances: 2 },
  ];
  await using house = await startHouse({ timing: SLOW, seed: { apps } });
  const users = new Users(house.url);
  const talkers = Array.from({ length: 4 }, () => new SocketUser(house.url));
  for (const talker of talkers) await talker.until('1');
  const headers = { authorization: `bearer ${house.cf.uaa.issue('admin')}`, 'content-type': 'application/json' };
  const [route] = house.cf.database.routes.values();
  const path = `${house.cf.url}/v3/routes/${route?.guid}/destinations`;
  const destinations = [{ app: { guid: house.cf.app('myapp-green')?.guid } }];
  const old = route?.destinations[0]?.guid;
  await fetch(path, { method: 'POST', headers, body: JSON.stringify({ destinations }) });
  await fetch(`${path}/${old}`, { method: 'DELETE', headers });
  await fetch(`${house.cf.url}/v3/apps/${house.cf.app('myapp')?.guid}`, { method: 'DELETE', headers });
  await house.cf.settled();
  await users.stop();
  for (const talker of talkers) await talker.stop();
  expect(users.failures.length).toBeGreaterThan(0);
  expect(talkers.flatMap(({ failures }) => failures)).toContain('could not come again: 404');
});
