import { describe, expect, test } from '@jest/globals';
import { expectOnlyBlue, underLoad } from './exchange.js';
import { example, expectResult, startHouse, versioned } from './house.js';

describe('a release on Marathon', () => {
  test('moves all users, takes blue away and leaves nothing else changed in the pool (P4, P7)', async () => {
    await using house = await startHouse({ instances: 3 });
    const before = JSON.stringify(house.dcos.pool('sample-config'));
    const run = await underLoad(house, () => house.run());
    expectResult(run, 'succeeded');
    expect(JSON.stringify(house.dcos.pool('sample-config'))).toBe(before.replace('/svc-blue', '/svc-green'));
    expect(house.dcos.tasks('/svc-green')).toHaveLength(3);
    expect(house.dcos.app('/svc-blue')).toBeUndefined();
    expect(house.dcos.unknownRequests).toEqual([]);
  });

  test('of several backends in several pools is one release; the second write fails, the first is put back (P15)', async () => {
    await using house = await startHouse();
    const other = example('sample-minimal.json');
    other.name = 'inside';
    other.haproxy.frontends[0].bindPort = 8080;
    await house.api('POST', '/service/edgelb/v2/pools', other);
    await house.dcos.settled();
    const target = { routes: ['pool/sample-config/svc', 'pool/inside/svc'] };
    house.dcos.faults.add({
      match: { method: 'PUT', path: /pools\/inside/ },
      answer: { status: 400, body: { code: 400, message: 'no' } },
      times: 20,
    });
    const failed = await underLoad(house, () => house.run({ target }));
    expectResult(failed, 'rolled-back');
    expectOnlyBlue(house, 2);
    house.dcos.faults.clear();
    expectResult(await house.run({ target }, { id: 'test-2' }), 'succeeded');
    expect(house.dcos.pool('inside').haproxy.backends[0]?.services[0]?.marathon?.serviceID).toBe('/svc-green');
  });
});

describe('Edge-LB', () => {
  test('that answers 500 after it stored the pool has switched (P11)', async () => {
    await using house = await startHouse();
    house.dcos.faults.add({ match: { method: 'PUT', path: /pools/ }, answer: 'lose-answer' });
    expectResult(await underLoad(house, () => house.run()), 'succeeded');
    expect(house.live()).toBe('/svc-green');
  });

  test('whose pool somebody else changed meanwhile is left as they made it (P4)', async () => {
    await using house = await startHouse();
    await house.api('POST', '/service/marathon/v2/apps', {
      ...example('svc-blue.json'),
      id: '/svc-third',
      ...versioned('x'),
    });
    await house.dcos.settled();
    let isDone = false;
    house.dcos.interception.onRequest = async ({ method, path }) => {
      if (isDone || method !== 'POST' || !path.includes('/v2/apps') || !house.dcos.app('/svc-green')) return undefined;
      isDone = true;
      const pool = await house.api('GET', '/service/edgelb/v2/pools/sample-config');
      pool.haproxy.backends[0].services[0].marathon.serviceID = '/svc-third';
      await house.api('PUT', '/service/edgelb/v2/pools/sample-config', pool);
      return undefined;
    };
    const run = await house.run();
    expect(run.outcome.failures[0]).toMatchObject({
      code: 'ROUTE_CHANGED',
      message: expect.stringContaining('/svc-third'),
    });
    expect(house.live()).toBe('/svc-third');
  });
});

describe('after the switch', () => {
  test('a check that fails brings blue back, and green is taken away', async () => {
    await using house = await startHouse();
    const bake = { for: '1s', checks: [{ http: { path: '/', expect: { status: 204 } } }] };
    const run = await underLoad(house, () => house.run({ bake }));
    expectResult(run, 'rolled-back');
    expectOnlyBlue(house, 2);
  });
});
