import { describe, expect, test } from '@jest/globals';
import { identityOf } from '../../../src/platforms/cloudfoundry/identity.js';
import { codesOf, expectResult, startHouse } from './house.js';

/** Blue has two instances of 256 MB, and the manifest says 64M: green takes 128 MB. */
const USED = 512;

describe('whether green fits beside blue is known before anything is written', () => {
  test.each([
    [
      'memory of the space',
      { space: { memory: USED + 100 } },
      /128 MB of memory .* small of the space production leaves 100 of 612 \(512 are used\)/,
    ],
    [
      'memory of the organization',
      { organization: { memory: USED + 127 } },
      /quota default of the organization shop leaves 127 of 639/,
    ],
    ['instances', { space: { instances: 3 } }, /needs 2 instances beside blue, .* leaves 1 of 3 \(2 are used\)/],
    ['memory of one instance', { space: { memoryPerProcess: 32 } }, /needs 64 MB of memory, .* allows 32 MB/],
  ])('%s: a quota that is too small is named with its numbers', async (_, quotas, words) => {
    await using house = await startHouse({ seed: { quotas } });
    const run = await house.run();
    expectResult(run, 'refused');
    const found = run.outcome.findings.filter(({ code }) => code === 'QUOTA_TOO_SMALL');
    expect(found).toMatchObject([{ severity: 'error', message: expect.stringMatching(words) }]);
    expect(found[0]?.remedy).toMatch(/cf update-(space|org)-quota/);
    expect(house.writes()).toEqual([]);
  });

  test('a quota that is just large enough is no reason to stop, and the platform agrees', async () => {
    const quotas = { space: { memory: USED + 128, instances: 4, routes: 2, memoryPerProcess: 256 } };
    await using house = await startHouse({ seed: { quotas } });
    const run = await house.run({ verify: [{ http: { path: '/' } }] });
    expectResult(run, 'succeeded');
    expect(codesOf(run).filter(code => code.includes('QUOTA'))).toEqual([]);
  });

  test('what still runs in the slot of green is deleted before, and makes room', async () => {
    const left = {
      name: 'myapp-green',
      image: 'registry.test/myapp:0',
      instances: 2,
      labels: { 'cutover-slot': 'myapp-green' },
    };
    const blue = { name: 'myapp', image: 'registry.test/myapp:1', instances: 2 };
    const quotas = { space: { memory: 2 * USED, instances: 4 } };
    await using house = await startHouse({ seed: { apps: [blue, left], quotas } });
    expectResult(await house.run(), 'succeeded');
  });

  test('a route of its own that green could not have is warned of', async () => {
    await using house = await startHouse({ seed: { quotas: { space: { routes: 1 } } } });
    expect(codesOf(await house.run({ verb: 'plan' }))).toContain('warning QUOTA_TOO_SMALL');
  });

  test('a quota that may not be read is said to be not known, and the release goes on', async () => {
    await using house = await startHouse({ seed: { quotas: { organization: { memory: 10_000 } } } });
    const errors = [{ code: 10003, title: 'CF-NotAuthorized', detail: 'no' }];
    house.cf.interception.onRequest = ({ path }) =>
      path.includes('/organization_quotas/') ? { status: 403, body: { errors } } : undefined;
    const run = await house.run();
    expectResult(run, 'succeeded');
    expect(codesOf(run)).toContain('info QUOTA_NOT_KNOWN');
  });
});

describe('whether the user may release is known before anything is written', () => {
  test('who is no Space Developer is told what to ask for', async () => {
    const eve = { name: 'eve', password: 'eve-password', roles: ['space_auditor', 'space_supporter'] };
    await using house = await startHouse({ users: [eve] });
    const run = await house.run({ 'cloud-foundry': { credentials: { user: eve.name, password: eve.password } } });
    expectResult(run, 'refused');
    expect(run.outcome.findings.find(({ code }) => code === 'ROLE_MISSING')).toMatchObject({
      message:
        'eve is no Space Developer in the space production of shop; its roles there: space auditor, space supporter.',
      remedy: expect.stringContaining('cf set-space-role eve shop production SpaceDeveloper.'),
    });
    expect(house.writes()).toEqual([]);
  });

  test('a platform without roles or readable tokens is said to be so, and the release goes on', async () => {
    await using house = await startHouse({ isKorifi: true });
    const credentials = { token: house.cf.token };
    const run = await house.run({ verb: 'plan', 'cloud-foundry': { credentials, propagation: '300ms' } });
    expectResult(run, 'succeeded');
    expect(codesOf(run)).toContain('info ROLE_NOT_KNOWN');
  });

  test.each([
    ['a user', { user_id: 'u-1', user_name: 'anna', client_id: 'cf' }, { guid: 'u-1', name: 'anna', isClient: false }],
    ['a client', { client_id: 'robot' }, { guid: 'robot', name: 'robot', isClient: true }],
    ['an admin, who needs no role', { client_id: 'robot', scope: ['cloud_controller.admin'] }, { isAdmin: true }],
  ])('a token says whose it is: %s', (_, claims, identity) => {
    const token = ['{}', JSON.stringify(claims), 'x'].map(part => Buffer.from(part).toString('base64url')).join('.');
    expect(identityOf(`bearer ${token}`)).toMatchObject(identity);
    expect(identityOf('clientcert abc')).toBeUndefined();
  });
});
