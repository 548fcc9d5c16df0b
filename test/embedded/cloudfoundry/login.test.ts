import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { importPKCS8, SignJWT } from 'jose';
import { openFoundation } from './support.js';

const ISSUER = 'https://ci.example';
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const issuer = { issuer: ISSUER, publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
const clients = [{ id: 'deployer', secret: 'deployer-secret' }];

async function idToken(from = ISSUER): Promise<string> {
  const key = await importPKCS8(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), 'RS256');
  return new SignJWT({ sub: 'repo:example/shop' })
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(from)
    .setExpirationTime('5m')
    .sign(key);
}

async function read(answer: Response): Promise<Record<string, string>> {
  return (await answer.json()) as Record<string, string>;
}

describe('logging in', () => {
  test('takes a password, and gives what refreshes the token', async () => {
    await using at = await openFoundation();
    const answer = await at.cf.login({ grant_type: 'password', username: 'admin', password: 'admin-password' });
    const given = await read(answer);
    expect(given).toMatchObject({ token_type: 'bearer', expires_in: 600 });
    const again = await at.cf.login({ grant_type: 'refresh_token', refresh_token: given.refresh_token ?? '' });
    at.cf.token = (await read(again)).access_token;
    expect((await at.cf.get('/v3/apps')).status).toBe(200);
  });

  test('refuses a wrong password in the words of UAA', async () => {
    await using at = await openFoundation();
    const answer = await at.cf.login({ grant_type: 'password', username: 'admin', password: 'wrong' });
    expect([answer.status, await answer.json()]).toEqual([
      401,
      { error: 'unauthorized', error_description: 'Bad credentials' },
    ]);
  });

  test('takes client credentials, without anything to refresh by', async () => {
    await using at = await openFoundation({ clients });
    const form = { grant_type: 'client_credentials', client_id: 'deployer', client_secret: 'deployer-secret' };
    const given = await read(await at.cf.login(form, ''));
    expect(given.access_token).toBeDefined();
    expect(given.refresh_token).toBeUndefined();
    const wrong = await at.cf.login({ ...form, client_secret: 'wrong' }, '');
    expect([wrong.status, (await read(wrong)).error]).toEqual([401, 'invalid_client']);
  });

  test("takes a CI system's own ID token, and none of somebody else", async () => {
    await using at = await openFoundation({ issuer });
    const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
    const good = await at.cf.login({ grant_type, assertion: await idToken() });
    expect(good.status).toBe(200);
    const bad = await at.cf.login({ grant_type, assertion: await idToken('https://evil.example') });
    expect([bad.status, (await read(bad)).error]).toEqual([401, 'invalid_grant']);
  });

  test('lasts for as long as the token does', async () => {
    await using at = await openFoundation({ tokenLifeMs: 30 });
    expect((await at.cf.get('/v3/apps')).status).toBe(200);
    await new Promise(resolve => setTimeout(resolve, 50));
    expect((await at.cf.get('/v3/apps')).body.errors[0].code).toBe(1000);
  });
});
