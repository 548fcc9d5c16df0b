import { get } from 'node:https';
import { describe, expect, test } from '@jest/globals';
import { importPKCS8, SignJWT } from 'jose';
import type { ServiceAccount } from '../../../src/embedded/marathon/index.js';
import { app, call, edgeLb, marathon, pool, startWith } from './support.js';

const login = '/acs/api/v1/auth/login';
const apps = '/service/marathon/v2/apps';

describe('the gateway', () => {
  test.each([
    ['no token', null, 401, 'text/html', '401 Authorization Required'],
    ['a token that it did not give out', 'token=a.b.c', 401, 'text/html', '401 Authorization Required'],
  ])('answers %s with a page, not with JSON', async (_, authorization, status, type, words) => {
    await using at = await startWith([]);
    const answer = await call(at, 'GET', apps, { authorization });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([status, type]);
    expect(answer.headers.get('www-authenticate')).toBe('acsjwt');
    expect(answer.text).toContain(words);
  });

  test('takes the token as token=, as Bearer and as a cookie, and the header wins', async () => {
    await using at = await startWith([]);
    const token = at.token();
    const cookie = `dcos-acs-auth-cookie=${token}`;
    const status = async (authorization: string | null, headers = {}) =>
      (await call(at, 'GET', apps, { authorization, headers })).status;
    expect(await status(`token=${token}`)).toBe(200);
    expect(await status(`Bearer ${token}`)).toBe(200);
    expect(await status(null, { cookie })).toBe(200);
    expect(await status('token=a.b.c', { cookie })).toBe(401);
  });

  test('answers text for a service that there is none of, and 503 while it has lost sight of them', async () => {
    await using at = await startWith([]);
    const missing = await call(at, 'GET', '/service/elsewhere/v2');
    expect([missing.status, missing.text]).toEqual([404, '404 Not Found: service not found.']);
    at.gateway.isStale = true;
    const stale = await call(at, 'GET', apps);
    expect([stale.status, stale.text]).toEqual([503, '503 Service Unavailable: invalid Marathon svcapps cache']);
  });

  test('knows Marathon by its older path, too', async () => {
    await using at = await startWith([]);
    expect((await call(at, 'GET', '/marathon/v2/apps')).body).toEqual({ apps: [] });
  });

  test('lets a user see and change the apps of the groups that are permitted; Marathon refuses the others in JSON', async () => {
    await using at = await startWith([app('/shop/blue'), app('/bank/blue')]);
    at.addUser({ uid: 'seller', permissions: ['dcos:service:marathon:marathon:services:/shop'] });
    const authorization = `token=${at.token('seller')}`;
    const listed = await call(at, 'GET', apps, { authorization });
    expect(listed.body.apps.map(({ id }: { id: string }) => id)).toEqual(['/shop/blue']);
    const refused = await call(at, 'PATCH', `${apps}/bank/blue`, { authorization, body: { instances: 0 } });
    expect([refused.status, refused.body]).toEqual([403, { message: 'Not Authorized to perform this action!' }]);
  });

  test('asks for two permissions to touch a pool, and refuses with a page', async () => {
    await using at = await startWith([]);
    await edgeLb(at, 'POST', '/v2/pools', pool(['/svc-blue']));
    const gatewayOnly = ['dcos:adminrouter:service:edgelb:/v2/pools/sample-config'];
    const both = [...gatewayOnly, 'dcos:service:marathon:marathon:services:/dcos-edgelb/pools/sample-config'];
    at.addUser({ uid: 'half', permissions: gatewayOnly });
    at.addUser({ uid: 'whole', permissions: both });
    const ask = (uid: string, path: string) => call(at, 'GET', path, { authorization: `token=${at.token(uid)}` });
    const path = '/service/edgelb/v2/pools/sample-config';
    expect(await ask('half', path)).toMatchObject({ status: 403, body: undefined });
    expect((await ask('whole', path)).status).toBe(200);
    expect((await ask('whole', '/service/edgelb/v2/pools')).status).toBe(403);
  });
});

test('a cluster with a private authority is trusted by who knows its certificate, and by nobody else', async () => {
  await using at = await startWith([], { tls: true });
  expect(at.url).toMatch(/^https:/);
  const status = (ca: string | undefined) =>
    new Promise((resolve, reject) => {
      const request = get(`${at.url}/ping`, { agent: false, ...(ca === undefined ? {} : { ca }) }, answer => {
        answer.resume();
        resolve(answer.statusCode);
      });
      request.once('error', reject);
    });
  expect(await status(at.ca)).toBe(200);
  await expect(status(undefined)).rejects.toThrow(/self-signed certificate/);
});

describe('a login', () => {
  const jwt = async ({ privateKey, uid }: ServiceAccount, exp: number, alg = 'RS256') =>
    new SignJWT({ uid })
      .setProtectedHeader({ alg, typ: 'JWT' })
      .setExpirationTime(exp)
      .sign(await importPKCS8(privateKey, alg));
  const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds;

  test('with a password gives a token, and the same as a cookie', async () => {
    await using at = await startWith([]);
    const { body, headers, status } = await call(at, 'POST', login, { authorization: null, body: at.credentials });
    expect([status, headers.get('set-cookie')]).toEqual([200, expect.stringContaining(`=${body.token};`)]);
    expect((await call(at, 'GET', apps, { authorization: `token=${body.token}` })).status).toBe(200);
    const wrong = { ...at.credentials, password: 'wrong' };
    expect((await call(at, 'POST', login, { authorization: null, body: wrong })).status).toBe(401);
  });

  test('with the key of a service account gives a token, which may be asked to live for less', async () => {
    await using at = await startWith([]);
    const account = at.addServiceAccount('cutover');
    const token = await jwt(account, inSeconds(60));
    const { body, status } = await call(at, 'POST', login, { body: { uid: 'cutover', token, exp: inSeconds(1) } });
    expect(status).toBe(200);
    const claims = JSON.parse(Buffer.from(body.token.split('.')[1], 'base64url').toString());
    expect(claims.exp).toBeLessThan(inSeconds(2));
  });

  test('is refused for another key, another account, and a signature that is over', async () => {
    await using at = await startWith([]);
    const [account, other] = [at.addServiceAccount('cutover'), at.addServiceAccount('other')];
    const status = async (token: string) => (await call(at, 'POST', login, { body: { uid: 'cutover', token } })).status;
    expect(await status(await jwt({ ...other, uid: 'cutover' }, inSeconds(60)))).toBe(401);
    expect(await status(await jwt({ ...account, uid: 'other' }, inSeconds(60)))).toBe(401);
    expect(await status(await jwt(account, inSeconds(-60)))).toBe(401);
    expect(await status(await jwt(account, inSeconds(60), 'RS512'))).toBe(401);
  });

  test('ends: a token is answered 401 when its time is over, and when it was revoked', async () => {
    let now = Date.now();
    await using at = await startWith([], { tokenLifeMs: 2_000, now: () => now });
    const [token, other] = [at.token(), at.token()];
    const status = async (one: string) => (await call(at, 'GET', apps, { authorization: `token=${one}` })).status;
    at.identity.revoke(other);
    expect([await status(token), await status(other)]).toEqual([200, 401]);
    now += 2_000;
    expect(await status(token)).toBe(401);
  });
});

describe('Marathon without the gateway', () => {
  test('is open, or asks for a name and a password, and refuses in JSON', async () => {
    await using at = await startWith([]);
    expect((await call(at, 'GET', '/v2/apps', { authorization: null })).status).toBe(200);
    at.gateway.asksForPassword = true;
    const refused = await call(at, 'GET', '/v2/apps', { authorization: null });
    expect([refused.status, refused.body]).toEqual([401, { message: 'Invalid username or password.' }]);
    const { password, uid } = at.credentials;
    const authorization = `Basic ${Buffer.from(`${uid}:${password}`).toString('base64')}`;
    expect((await call(at, 'GET', '/v2/apps', { authorization })).status).toBe(200);
  });

  test('names its leader when it passes a request on, and finds none with 502 after a while', async () => {
    await using at = await startWith([]);
    expect((await marathon(at, 'GET', '/v2/apps')).headers.get('x-marathon-leader')).toBeNull();
    at.leadership.change('elsewhere');
    const passedOn = await marathon(at, 'GET', '/v2/apps');
    expect([passedOn.status, passedOn.headers.get('x-marathon-leader')]).toEqual([200, at.leadership.leaderUrl]);
    expect((await marathon(at, 'GET', '/v2/info')).body).toMatchObject({ name: 'marathon', elected: false });
    at.leadership.change('nobody');
    const lost = await marathon(at, 'GET', '/v2/apps');
    expect([lost.status, lost.text]).toEqual([502, expect.stringContaining('Could not determine the current leader')]);
  });
});

describe('faults', () => {
  test('take the place of an answer, before or after the request was done', async () => {
    await using at = await startWith([]);
    at.faults.add({ match: { method: 'POST', path: /\/v2\/apps$/ }, answer: 'lose-answer' });
    await expect(marathon(at, 'POST', '/v2/apps', app('/svc-blue'))).rejects.toThrow();
    expect(at.app('/svc-blue')).toBeDefined();
    at.faults.add({
      answer: { status: 502, body: '<html>Bad Gateway</html>', headers: { 'content-type': 'text/html' } },
    });
    expect(await marathon(at, 'GET', '/v2/apps')).toMatchObject({ status: 502, text: '<html>Bad Gateway</html>' });
    expect(at.faults.unused).toEqual([]);
  });
});
