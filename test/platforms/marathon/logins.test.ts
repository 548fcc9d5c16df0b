/** Whole releases by each way of logging in, on a cluster that knows whose key and whose token it is. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { expectResult, type House, startHouse } from './house.js';
import { startShop } from './marathon-lb/shop.js';

function logins({ dcos }: House) {
  return dcos.requests.all.filter(({ path }) => path.startsWith('/acs/')).length;
}

function as({ dcos }: House, credentials: object) {
  return { marathon: { url: dcos.url, credentials } };
}

describe('a release', () => {
  test('by a token', async () => {
    await using house = await startHouse({ instances: 1 });
    expectResult(await house.run(as(house, { token: house.dcos.token() })), 'succeeded');
    expect(logins(house)).toBe(0);
  });

  test('by a service account, whose key signs the login', async () => {
    await using house = await startHouse({ instances: 1 });
    const { privateKey, uid } = house.dcos.addServiceAccount('cutover');
    const secret = { uid, private_key: privateKey, scheme: 'RS256', login_endpoint: 'https://leader.mesos/acs' };
    await writeFile(join(house.workspace, 'account.json'), JSON.stringify(secret));
    const run = await house.run(as(house, { 'service-account': 'account.json' }));
    expectResult(run, 'succeeded');
    expect(logins(house)).toBe(1);
    expect(run.log).not.toContain(privateKey.split('\n')[1]);
  });

  test('by a service account with another one’s key is refused before anything is written', async () => {
    await using house = await startHouse({ instances: 1 });
    const { privateKey } = house.dcos.addServiceAccount('other');
    house.dcos.addServiceAccount('cutover');
    const secret = JSON.stringify({ uid: 'cutover', private_key: privateKey });
    const run = await house.run(as(house, { 'service-account': secret }));
    expect(run.outcome.failures[0]).toMatchObject({ code: 'CREDENTIALS' });
    expect(house.dcos.app('/svc-green')).toBeUndefined();
  });

  test('on a Marathon without DC/OS, by a name and a password', async () => {
    await using shop = await startShop({ instances: 1 });
    const { dcos } = shop.house;
    dcos.gateway.asksForPassword = true;
    const basic = { user: dcos.credentials.uid, password: dcos.credentials.password };
    const alone = { url: undefined, 'marathon-url': dcos.url };
    expectResult(await shop.run({ marathon: { ...alone, credentials: { basic } } }), 'succeeded');
    const wrong = { ...basic, password: 'guessed' };
    const refused = await shop.run({ version: 'v3', marathon: { ...alone, credentials: { basic: wrong } } });
    expect(refused.outcome.failures[0]).toMatchObject({ code: 'UNAUTHORIZED' });
  });

  test('whose bake outlives many tokens logs in again each time the gateway’s page says 401, and goes on', async () => {
    await using house = await startHouse({ instances: 1, tokenLifeMs: 1_000 });
    expectResult(await house.run({ bake: { for: '4s', interval: '200ms' } }), 'succeeded');
    expect(logins(house)).toBeGreaterThan(2);
    expect(house.live()).toBe('/svc-green');
  });

  test('under HTTPS by the certificate of the cluster alone, events included', async () => {
    await using house = await startHouse({ instances: 1, tls: true });
    const { ca = '', credentials, url } = house.dcos;
    await writeFile(join(house.workspace, 'dcos-ca.crt'), ca);
    const login = { user: credentials.uid, password: credentials.password };
    const run = await house.run({ marathon: { url, credentials: login, ca: 'dcos-ca.crt' } });
    expectResult(run, 'succeeded');
    expect(house.dcos.requests.all.some(({ path }) => path.includes('/v2/events'))).toBe(true);
    expect(await readFile(join(house.workspace, 'dcos-ca.crt'), 'utf8')).toBe(ca);
  });
});
