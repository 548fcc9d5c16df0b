/** Green checked through the load balancers, by a backend that users do not reach. */
import { describe, expect, test } from '@jest/globals';
import { examine } from '../../../src/platforms/marathon/index.js';
import { expectOnlyBlue, underLoad } from './exchange.js';
import { example, expectResult, type House, ROUTERS, startHouse } from './house.js';

/** The tutorial's pool with a private backend beside it; nobody runs there outside of checks. */
function withPrivate(frontends: readonly object[]) {
  const pool = example('sample-minimal.json');
  const [live] = pool.haproxy.backends;
  const [service] = live.services;
  const nobody = { ...live, name: 'private', services: [{ ...service, marathon: { serviceID: '/nobody' } }] };
  return { ...pool, haproxy: { ...pool.haproxy, frontends, backends: [live, nobody] } };
}

const HTTP = { protocol: 'HTTP' };
const LIVE = { ...HTTP, bindPort: 80, linkBackend: { defaultBackend: 'svc' } };
const OWN_PORT = [LIVE, { ...HTTP, bindPort: 8081, linkBackend: { defaultBackend: 'private' } }];
const BY_HOST = [
  { ...LIVE, linkBackend: { defaultBackend: 'svc', map: [{ backend: 'private', hostEq: 'localhost' }] } },
];

async function startPrivate(frontends: readonly object[], router: House['dcos']['router'] = 'built-in') {
  const house = await startHouse({ router });
  await house.api('PUT', '/service/edgelb/v2/pools/sample-config', withPrivate(frontends));
  await house.dcos.settled();
  const url = frontends === BY_HOST ? house.url.replace('127.0.0.1', 'localhost') : privateUrl(house);
  return Object.assign(house, {
    settings: { target: { marathon: { preview: { route: ROUTE, url } } }, verify: VERIFY },
  });
}

const ROUTE = 'pool/sample-config/private';
const VERIFY = [{ http: { path: '/', expect: { headers: { 'x-app-slot': 'svc-green' } }, passes: 3 } }];
const privateUrl = ({ dcos }: House) => dcos.poolUrl('sample-config', 8081);

function inPrivate({ dcos }: House): readonly string[] {
  const backend = dcos.pool('sample-config').haproxy.backends.find(({ name }) => name === 'private');
  return (backend?.services ?? []).map(({ marathon }) => String(marathon?.serviceID));
}

/** Each different state of the private backend after a write, in order. */
function history(house: House): string[] {
  const seen: string[] = [];
  house.dcos.interception.beforeAnswer = ({ method, path }) => {
    if (method === 'PUT' && path.includes('/pools/')) seen.push(`${inPrivate(house)}; users: ${house.live()}`);
  };
  return seen;
}

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

  test('by a host rule of the frontend of users', async () => {
    await using house = await startPrivate(BY_HOST);
    expectResult(await underLoad(house, () => house.run(house.settings)), 'succeeded');
    expect(inPrivate(house)).toEqual(['/nobody']);
  });

  test('and fails: it leaves the private backend and goes, and users stay on blue', async () => {
    await using house = await startPrivate(OWN_PORT);
    const verify = [{ http: { path: '/', expect: { status: 204 }, retries: 0 } }];
    const run = await underLoad(house, () => house.run({ ...house.settings, verify }));
    expectResult(run, 'failed');
    expect(inPrivate(house)).toEqual(['/nobody']);
    expectOnlyBlue(house, 2);
  });

  test('and not alone in the private backend: that is told, and no check counts', async () => {
    await using house = await startPrivate(OWN_PORT);
    const other = { ...example('svc-blue.json'), id: '/nobody' };
    await house.api('POST', '/service/marathon/v2/apps', other);
    await house.dcos.settled();
    const run = await house.run(house.settings);
    expectResult(run, 'failed');
    expect(run.outcome.failures[0]).toMatchObject({
      code: 'NO_PREVIEW',
      message: expect.stringMatching(/the backend private still has 127\.0\.0\.1:\d+/),
    });
    expect(inPrivate(house)).toEqual(['/nobody']);
  });
});

describe('a run that was stopped while green was in the private backend leaves it to the same command', () => {
  const lock = { term: '1s', wait: '3s' };

  async function stopped() {
    const house = await startPrivate(OWN_PORT);
    const { interception } = house.dcos;
    const cancel = new AbortController();
    interception.beforeAnswer = ({ method, path }) => {
      if (method === 'PUT' && path.includes('/pools/')) cancel.abort(new Error('stopped'));
    };
    // A stopped process takes nothing away: neither the check's own end nor the way back gets through.
    interception.onRequest = ({ mutating }) => (mutating && cancel.signal.aborted ? 'reset' : undefined);
    await house.run({ ...house.settings, lock, deadline: '6s' }, { signal: cancel.signal });
    expect(inPrivate(house)).toEqual(['/nobody', '/svc-green']);
    Object.assign(interception, { onRequest: () => undefined, beforeAnswer: () => undefined });
    return house;
  }

  test('which ends with nothing of a slot there', async () => {
    await using house = await stopped();
    expectResult(await house.run({ ...house.settings, lock }), 'succeeded');
    expect(inPrivate(house)).toEqual(['/nobody']);
    expect(house.live()).toBe('/svc-green');
  }, 60_000);

  test('which takes it away with a green that is no good after all', async () => {
    await using house = await stopped();
    const verify = [{ http: { path: '/', expect: { status: 204 }, retries: 0 } }];
    expectResult(await house.run({ ...house.settings, lock, verify }), 'failed');
    expect(inPrivate(house)).toEqual(['/nobody']);
    expectOnlyBlue(house, 2);
  }, 60_000);
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
