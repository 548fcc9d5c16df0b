import { describe, expect, test } from '@jest/globals';
import { codesOf, expectResult, HOST, type House, MANIFEST, startHouse } from './house.js';

/** The pages of each list after its first one. */
function laterPages({ cf }: House): readonly string[] {
  const pages = cf.requests.all.filter(({ path }) => Number(/[?&]page=(\d+)/.exec(path)?.[1]) > 1);
  return [
    ...new Set(pages.map(({ path }) => path.replace(/\?.*/, '').replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, 'GUID'))),
  ].sort();
}

describe('lists', () => {
  test('are read to their last page wherever there is one: nothing is taken for absent that is on the next', async () => {
    const routes = { [HOST]: ['myapp'], 'myapp.example.test/shop': ['myapp'] };
    await using house = await startHouse({ mostPerPage: 1, seed: { routes, services: ['orders-db', 'mail'] } });
    const { database } = house.cf;
    const app = house.cf.app('myapp')?.guid ?? '';
    for (const { guid } of database.serviceInstances.values())
      database.add(database.bindings, { app, serviceInstance: guid, name: null });
    for (const name of ['cache', 'proxy'])
      database.add(database.sidecars, { app, name, command: `./${name}`, processTypes: ['web'], memory: null });
    const fields = { app, type: 'worker', instances: 1, memory: 64, disk: 64, command: null };
    const [web] = database.processesOf(app);
    database.add(database.processes, { ...web, ...fields } as never, { guid: 'worker' });
    const run = await house.run({
      target: { routes: Object.keys(routes).map(url => `route/${url}`) },
      teardown: { how: 'scale-to-zero' },
    });
    expectResult(run, 'succeeded');
    const green = house.cf.app('myapp')?.guid ?? '';
    const own = <T extends { app: string }>(table: ReadonlyMap<string, T>) =>
      [...table.values()].filter(one => one.app === green).length;
    expect([own(database.bindings), own(database.sidecars), own(database.processes)]).toEqual([2, 2, 2]);
    expect(laterPages(house)).toEqual(
      expect.arrayContaining([
        '/v3/apps',
        '/v3/apps/GUID/processes',
        '/v3/apps/GUID/routes',
        '/v3/apps/GUID/sidecars',
        '/v3/routes',
        '/v3/service_credential_bindings',
        '/v3/service_instances',
      ]),
    );
  });
});

describe('warnings of the platform', () => {
  test('are shown, each once, as they were meant', async () => {
    await using house = await startHouse();
    house.cf.warnings.push('The stack cflinuxfs3 is old, and goes away.', 'Grüße: 100% + more');
    const { log } = await house.run({ verb: 'plan' });
    const said = log.split('\n').filter(line => line.startsWith('Cloud Foundry warns: '));
    expect(said).toEqual([
      'Cloud Foundry warns: The stack cflinuxfs3 is old, and goes away.',
      'Cloud Foundry warns: Grüße: 100% + more',
    ]);
  });
});

describe('jobs', () => {
  test('that take long are waited for: nothing is built on what is not there yet', async () => {
    await using house = await startHouse({ timing: { job: 1_200 } });
    expectResult(await house.run(), 'succeeded');
    expect(house.apps()).toEqual(['myapp']);
  });

  test('that fail stop the release with their words, and green is gone', async () => {
    await using house = await startHouse();
    house.write('manifest.yml', `${MANIFEST}  services: [nowhere-db]\n`);
    const run = await house.run();
    expectResult(run, 'failed');
    expect(run.outcome.failures[0]).toMatchObject({
      code: 'JOB_FAILED',
      message: expect.stringContaining("Service instance 'nowhere-db' not found"),
    });
    expect([house.apps(), house.destinations()]).toEqual([['myapp'], ['myapp']]);
  });

  test('that the platform has forgotten count as what is read back', async () => {
    await using house = await startHouse();
    const errors = [{ code: 10010, title: 'CF-ResourceNotFound', detail: 'Job not found' }];
    house.cf.interception.onRequest = async ({ path }) => {
      if (!path.startsWith('/v3/jobs/')) return undefined;
      await house.cf.settled();
      return { status: 404, body: { errors } };
    };
    expectResult(await house.run(), 'succeeded');
    expect(house.apps()).toEqual(['myapp']);
  });
});

describe('what is neither in a manifest nor in an app', () => {
  test('network policies of blue are those of green, both as source and as destination', async () => {
    const other = { name: 'other', image: 'registry.test/other:1' };
    const blue = { name: 'myapp', image: 'registry.test/myapp:1' };
    await using house = await startHouse({ seed: { apps: [blue, other] } });
    const guid = (name: string) => house.cf.app(name)?.guid ?? '';
    const [first, second] = [guid('myapp'), guid('other')];
    const policy = (source: string, id: string) => ({
      source: { id: source },
      destination: { id, protocol: 'tcp', ports: { start: 8080, end: 8080 } },
    });
    const headers = { authorization: `bearer ${house.cf.uaa.issue('admin')}`, 'content-type': 'application/json' };
    const address = `${house.cf.url}/networking/v1/external/policies`;
    const body = JSON.stringify({ policies: [policy(first, second), policy(second, first), policy(second, second)] });
    await fetch(address, { method: 'POST', headers, body });
    expectResult(await house.run({ teardown: { how: 'keep' } }), 'succeeded');
    const { policies } = (await (await fetch(address, { headers })).json()) as { policies: object[] };
    const green = guid('myapp');
    expect(green).not.toBe(first);
    expect(policies.slice(3)).toEqual([policy(green, second), policy(second, green)]);
  });

  test('sidecars of blue are those of green, and those that a manifest leaves out are named', async () => {
    await using house = await startHouse();
    const { database } = house.cf;
    const app = house.cf.app('myapp')?.guid ?? '';
    database.add(database.sidecars, { app, name: 'cache', command: './cache', processTypes: ['web'], memory: 32 });
    expectResult(await house.run({ teardown: { how: 'scale-to-zero' } }), 'succeeded');
    const green = house.cf.app('myapp')?.guid;
    expect([...database.sidecars.values()].filter(one => one.app === green)).toMatchObject([
      { name: 'cache', command: './cache', processTypes: ['web'], memory: 32 },
    ]);
    house.write('manifest.yml', `${MANIFEST}  sidecars: [{ name: proxy, command: ./proxy, process_types: [web] }]\n`);
    const run = await house.run({ version: '3', verb: 'plan' });
    expect(run.outcome.findings).toContainEqual(
      expect.objectContaining({ code: 'DIFFERENT_SETTINGS', message: expect.stringContaining('the sidecars cache') }),
    );
  });

  test('a route that is bound to a route service is refused with the reason', async () => {
    await using house = await startHouse();
    const { database } = house.cf;
    const [route] = database.routes.values();
    database.add(database.routeBindings, { route: route?.guid ?? '', serviceInstance: 'some-service' });
    const run = await house.run();
    expectResult(run, 'refused');
    expect(codesOf(run)).toContain('error ROUTE_NOT_PROVABLE');
    expect(run.log).toContain('it is bound to a route service, behind which no instance can be asked for');
    expect(house.writes()).toEqual([]);
  });
});

describe('Korifi, which inserts and deletes destinations and nothing more', () => {
  test('gets each destination once, although the answer to an insertion is lost and it would take it twice', async () => {
    await using house = await startHouse({ isKorifi: true });
    const route = [...house.cf.database.routes.values()].find(one => house.cf.database.urlOf(one) === HOST)?.guid;
    let [lost, most] = [0, 0];
    house.cf.interception.onRequest = ({ method, path }) =>
      method === 'POST' && path === `/v3/routes/${route}/destinations` && lost++ === 0 ? 'lose-answer' : undefined;
    house.cf.interception.beforeAnswer = () => {
      most = Math.max(most, house.destinations().length);
    };
    const credentials = { token: house.cf.token };
    expectResult(await house.run({ 'cloud-foundry': { credentials, propagation: '300ms' } }), 'succeeded');
    expect({ lost, most, left: house.destinations() }).toEqual({ lost: 1, most: 2, left: ['myapp'] });
    const writes = house.writes().filter(write => write.includes('/destinations'));
    expect([...new Set(writes.map(write => write.split(' ')[0]))].sort()).toEqual(['DELETE', 'POST']);
    expect(house.cf.requests.unknown).toEqual([]);
  });
});
