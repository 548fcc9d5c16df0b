import { expect, test } from '@jest/globals';
import { expectResult, HOST, startHouse } from '../platforms/cloudfoundry/house.js';
import { openTerminalOn } from './terminal.js';

test('what the CLI has pushed is released by Cutover, and what Cutover leaves is what the CLI shows', async () => {
  await using house = await startHouse({ seed: { apps: [], routes: { [HOST]: [] } } });
  await using at = await openTerminalOn(house.cf);
  await at.login();
  await at.cf('push', 'myapp', '--docker-image', 'registry.test/myapp:1', '-i', '2', '--no-route', '-u', 'process');
  await at.cf('map-route', 'myapp', 'example.test', '--hostname', 'myapp');
  await house.cf.settled();
  expectResult(await house.run({ teardown: { how: 'scale-to-zero' } }), 'succeeded');
  const apps = await at.cf('apps');
  expect(apps).toMatch(/^myapp +started +web:2\/2 +myapp\.example\.test$/m);
  expect(apps).toMatch(/^myapp-old +stopped +web:0\/2 *$/m);
  expect(await at.cf('routes')).toMatch(/^production +myapp +example\.test +http +http1 +8080 +myapp/m);
  expect(await at.cf('app', 'myapp')).toMatch(/docker image: +registry\.test\/myapp:2/);
  expectResult(await house.run({ verb: 'rollback' }), 'succeeded');
  expect(await at.ask(HOST)).toEqual([200, '1']);
  expect(house.cf.requests.unknown).toEqual([]);
});
