import { expect, test } from '@jest/globals';
import { codesOf, expectResult, HOST, MANIFEST, PLACE, startHouse } from './house.js';

const WALKTHROUGH_STAGES = ['myapp', 'myapp + myapp-green', 'myapp-green'];

test("the walk-through's app is released, and is called myapp in the end; the one before myapp-old, stopped", async () => {
  await using house = await startHouse();
  const seen: string[] = [];
  house.cf.interception.beforeAnswer = () => {
    const now = house.destinations().join(' + ');
    if (seen.at(-1) !== now) seen.push(now);
  };
  expectResult(await house.run({ teardown: { how: 'scale-to-zero' } }), 'succeeded');
  expect(seen.slice(0, 3)).toEqual(WALKTHROUGH_STAGES);
  expect(house.destinations()).toEqual(['myapp']);
  expect(house.apps()).toEqual(['myapp', 'myapp-old']);
  expect(house.cf.app('myapp')?.annotations['cutover-version']).toBe('2');
  expect(house.cf.app('myapp-old')?.state).toBe('STOPPED');
});

test('the next release deletes the app before last, and a rollback starts the old one again', async () => {
  await using house = await startHouse();
  const stopped = { teardown: { how: 'scale-to-zero' } };
  expectResult(await house.run({ version: '2', ...stopped }), 'succeeded');
  expectResult(await house.run({ version: '3', ...stopped }), 'succeeded');
  expect(house.apps()).toEqual(['myapp', 'myapp-old']);
  expect(house.cf.app('myapp-old')?.annotations['cutover-version']).toBe('2');
  const planned = await house.run({ version: '3', verb: 'rollback', 'dry-run': true });
  expect(planned.log).not.toMatch(/create app|of an earlier release/);
  expectResult(await house.run({ version: '3', verb: 'rollback' }), 'succeeded');
  expect(house.cf.database.apps.get(routeOf(house).destinations[0]?.app ?? '')?.annotations['cutover-version']).toBe(
    '2',
  );
  expect(await versionAt(house.url)).toBe('2');
});

test('destinations are never replaced, and no route is deleted but the one that this run made', async () => {
  await using house = await startHouse({ seed: { routes: { [HOST]: ['myapp'], 'other.example.test': [] } } });
  expectResult(await house.run({ verify: [{ http: { path: '/' } }] }), 'succeeded');
  expect(house.writes().filter(write => /^PATCH .*destinations/.test(write))).toEqual([]);
  expect(house.writes().filter(write => /^DELETE \/v3\/routes\/[^/]+$/.test(write))).toHaveLength(1);
  expect([...house.cf.database.routes.values()].map(({ host }) => host).sort()).toEqual(['myapp', 'other']);
});

test('several routes, one with a path, carry green before any of them loses blue', async () => {
  const routes = { [HOST]: ['myapp'], 'www.example.test/shop': ['myapp'] };
  await using house = await startHouse({ seed: { routes } });
  const moments: string[] = [];
  house.cf.interception.beforeAnswer = ({ method, path }) => {
    if (method !== 'GET' && path.includes('/destinations'))
      moments.push(
        Object.keys(routes)
          .map(url => house.destinations(url).length)
          .join(),
      );
  };
  expectResult(await house.run({ target: { routes: [`route/${HOST}`, 'route/www.example.test/shop'] } }), 'succeeded');
  expect(moments).toEqual(['2,1', '2,2', '1,2', '1,1']);
});

test('what the manifest does not speak of comes from blue: variables, services, features, policies and sizes', async () => {
  const blue = { name: 'myapp', image: 'registry.test/myapp:1', instances: 2, env: { COLOR: 'red' } };
  await using house = await startHouse({ seed: { apps: [blue], services: ['orders-db'] } });
  const { database } = house.cf;
  const app = house.cf.app('myapp');
  app?.features.set('ssh', true);
  const [service] = database.serviceInstances.values();
  const bound = { app: app?.guid ?? '', serviceInstance: service?.guid ?? '', name: null };
  database.add(database.bindings, bound as never);
  expectResult(await house.run({ teardown: { how: 'keep' } }), 'succeeded');
  const green = house.cf.app('myapp');
  expect(green?.env).toEqual({ COLOR: 'red' });
  expect(green?.features.get('ssh')).toBe(true);
  expect([...database.bindings.values()].map(one => one.app)).toContain(green?.guid);
  expect(house.cf.instances('myapp')).toHaveLength(2);
});

test('what the manifest leaves out although it speaks of it is named, without its value', async () => {
  const blue = { name: 'myapp', image: 'registry.test/myapp:1', env: { TOKEN: 's3cret-value', COLOR: 'red' } };
  await using house = await startHouse({ seed: { apps: [blue] } });
  house.write('manifest.yml', `${MANIFEST}  env: { COLOR: green }\n  routes: [{ route: ${HOST} }]\n`);
  const run = await house.run({ verb: 'plan' });
  expectResult(run, 'succeeded');
  expect(codesOf(run)).toEqual(expect.arrayContaining(['warning DIFFERENT_SETTINGS', 'info ROUTES_LEFT_OUT']));
  expect(run.outcome.findings.map(({ message }) => message).join()).toContain('TOKEN');
  expect(run.log).not.toContain('s3cret-value');
});

test.each([
  ['a folder of bits', { bits: 'dist' }],
  ["another environment's droplet", { 'droplet-of': { app: 'myapp', space: 'staging' } }],
])('green comes from %s', async (_, source) => {
  await using house = await startHouse({ seed: { apps: [{ name: 'myapp', version: '1' }] } });
  await house.cf.seed({ ...PLACE, space: 'staging', apps: [{ name: 'myapp', version: '2', isStarted: false }] });
  house.write('dist/server.js', 'run();');
  house.write('manifest.yml', `${MANIFEST}  env: { VERSION: '2' }\n`);
  const target = { image: undefined, 'cloud-foundry': { app: 'myapp', ...source } };
  expectResult(await house.run({ target }), 'succeeded');
  expect(await versionAt(house.url)).toBe('2');
});

test('staging that fails stops the release with its words, and green is gone', async () => {
  await using house = await startHouse({ behaviour: app => (app.name === 'myapp' ? {} : { staging: 'fails' }) });
  const run = await house.run();
  expectResult(run, 'failed');
  expect(run.outcome.failures[0]).toMatchObject({ code: 'STAGING_FAILED' });
  expect(house.apps()).toEqual(['myapp']);
});

test('a message to the routers that is lost is sent anew, and no request is lost by it', async () => {
  await using house = await startHouse();
  house.cf.interception.beforeAnswer = ({ method, path }) => {
    if (method === 'POST' && path.endsWith(`${routeOf(house).guid}/destinations`)) house.cf.lost.maps = 0;
  };
  house.cf.interception.onRequest = ({ method, path }) => {
    if (method === 'POST' && path.endsWith(`${routeOf(house).guid}/destinations`) && seen++ === 0)
      house.cf.lost.maps = 1;
    return undefined;
  };
  let seen = 0;
  const run = await house.run({ 'cloud-foundry': { propagation: '1s' } });
  expectResult(run, 'succeeded');
  expect(run.log).toContain('inserted anew');
  expect(run.outcome.evidence.probes[0]?.failed ?? 0).toBe(0);
});

test('on Korifi, which has no login and no header, propagation is waited for, and said', async () => {
  await using house = await startHouse({ isKorifi: true });
  const run = await house.run({ 'cloud-foundry': { credentials: { token: house.cf.token }, propagation: '300ms' } });
  expectResult(run, 'succeeded');
  expect(codesOf(run)).toContain('warning ROUTERS_NOT_ASKED');
});

function routeOf({ cf }: Awaited<ReturnType<typeof startHouse>>) {
  const route = [...cf.database.routes.values()].find(({ host }) => host === 'myapp');
  if (!route) throw new Error('There is no route.');
  return route;
}

async function versionAt(url: string): Promise<string | null> {
  return (await fetch(url)).headers.get('x-app-version');
}
