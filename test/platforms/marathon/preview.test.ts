/** Green checked through the load balancers, by a backend that users do not reach. */
import { describe, expect, test } from '@jest/globals';
import { examine } from '../../../src/platforms/marathon/index.js';
import { expectOnlyBlue, underLoad } from './exchange.js';
import { expectResult, ROUTERS } from './house.js';
import { history, inPrivate, OWN_PORT, startPrivate, withPrivate } from './private-backend.js';

describe('green is checked', () => {
  test.each(ROUTERS)(
    'by a frontend port of its own, with exactly its instances behind it, and taken away before users get it (%s)',
    async router => {
      await using house = await startPrivate(OWN_PORT, router);
      const seen = history(house);
      const before = JSON.stringify(house.dcos.pool('sample-config'));
      const run = await underLoad(house, () => house.run(house.settings));
      expectResult(run, 'succeeded');
      expect(seen).toEqual([
        '/nobody,/svc-green; users: /svc-blue',
        '/nobody; users: /svc-blue',
        '/nobody; users: /svc-green',
      ]);
      expect(run.log).toMatch(/checking \/svc-green by the backend private of the pool sample-config/);
      const after = JSON.stringify(house.dcos.pool('sample-config'));
      expect(after).toBe(before.replace('/svc-blue', '/svc-green'));
    },
  );

  test('and fails: it leaves the private backend and goes, and users stay on blue', async () => {
    await using house = await startPrivate(OWN_PORT);
    const verify = [{ http: { path: '/', expect: { status: 204 }, retries: 0 } }];
    const run = await underLoad(house, () => house.run({ ...house.settings, verify }));
    expectResult(run, 'failed');
    expect(inPrivate(house)).toEqual(['/nobody']);
    expectOnlyBlue(house, 2);
  });
});

test('a private backend without a service that stays is told before anything is written', async () => {
  await using house = await startPrivate(OWN_PORT);
  const pool = withPrivate(OWN_PORT);
  pool.haproxy.backends[1].services[0].marathon = { serviceID: '/svc-green' };
  await house.api('PUT', '/service/edgelb/v2/pools/sample-config', pool);
  const run = await house.run(house.settings);
  expectResult(run, 'refused');
  const said = run.outcome.findings.map(({ code }) => code);
  expect(said).toContain('PREVIEW_WITHOUT_REST');
});

test.each([
  ['a route of users', 'pool/sample-config/svc', {}, /a private backend is another one/],
  ['no backend', 'service/x', {}, /no backend of a pool/],
  ['behind marathon-lb', 'pool/sample-config/private', { router: 'marathon-lb' }, /has no backend for green alone/],
])('a preview that is %s is a mistake', async (_, route, section, words) => {
  const target = {
    name: 'svc',
    slots: { blue: '/svc-blue', green: '/svc-green' },
    routes: ['pool/sample-config/svc'],
    marathon: { preview: { route, url: 'http://127.0.0.1:1' } },
  } as unknown as Parameters<typeof examine>[0];
  const problems = await examine(target, import.meta.dirname, section);
  expect(problems.map(({ message, path }) => `${path}: ${message}`).join('\n')).toMatch(words);
});
