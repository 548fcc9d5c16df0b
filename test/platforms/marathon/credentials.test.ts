import { createVerify, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { readApp } from '../../../src/platforms/marathon/apps.js';
import type { Clock } from '../../../src/platforms/port.js';
import { failureLike } from '../kubernetes/support.js';
import { hasty, type Reply, type Script, type Scripted, scripted, soon } from './script.js';

const APP: Reply = { json: { app: { id: '/svc-blue' } } };
const LOGIN = '/acs/api/v1/auth/login';

/** A token as DC/OS gives them: a JWT that says when it ends. */
function token(number: number, endsInSeconds: number, now = Date.now()): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'HS256' })}.${part({ uid: 'ci', exp: Math.floor(now / 1_000) + endsInSeconds, number })}.signature`;
}

function logins({ seen }: Scripted) {
  return seen.filter(({ path }) => path === LOGIN);
}

/** Logs in whoever asks; what is behind it accepts only what `accepts` says. */
function cluster(tokens: readonly string[], accepts: (authorization: string | undefined) => boolean): Script {
  return ({ path, authorization }, before) => {
    if (path === LOGIN) return { json: { token: tokens[before.filter(one => one.path === LOGIN).length] } };
    return accepts(authorization) ? APP : { status: 401, text: '<html>401</html>', type: 'text/html' };
  };
}

describe('who we are', () => {
  test('a token is sent as DC/OS wants it, and masked (P12)', async () => {
    await using server = await scripted(() => APP, { credentials: { token: 'very-secret' } });
    await readApp(server.client, '/svc-blue', soon());
    expect(server.seen[0]?.authorization).toBe('token=very-secret');
    expect(server.masked).toContain('very-secret');
  });

  test('a Marathon without DC/OS gets basic authentication', async () => {
    await using server = await scripted(() => APP, { credentials: { basic: { user: 'ci', password: 'pass-word' } } });
    await readApp(server.client, '/svc-blue', soon());
    expect(server.seen[0]?.authorization).toBe(`Basic ${Buffer.from('ci:pass-word').toString('base64')}`);
    expect(server.masked).toContain('pass-word');
  });

  test('a user logs in once for many requests, and the token is masked (P12)', async () => {
    const only = token(1, 3_600);
    await using server = await scripted(
      cluster([only], () => true),
      { credentials: { user: 'ci', password: 'pass-word' } },
    );
    await Promise.all([1, 2, 3].map(() => readApp(server.client, '/svc-blue', soon())));
    expect(logins(server).map(({ body }) => body)).toEqual([{ uid: 'ci', password: 'pass-word' }]);
    expect(server.masked).toContain(only);
  });

  test('a service account signs its login with its key, by RS256', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const account = {
      uid: 'cutover',
      private_key: key,
      login_endpoint: 'https://master.mesos/acs/api/v1/auth/login',
      scheme: 'RS256',
    };
    const section = { credentials: { 'service-account': JSON.stringify(account) } };
    await using server = await scripted(
      cluster([token(1, 3_600)], () => true),
      section,
    );
    await readApp(server.client, '/svc-blue', soon());
    const [login] = logins(server);
    const [header = '', claims = '', signature = ''] = String(login?.body.token).split('.');
    expect(createVerify('RSA-SHA256').update(`${header}.${claims}`).verify(publicKey, signature, 'base64url')).toBe(
      true,
    );
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual({
      uid: 'cutover',
      exp: expect.any(Number),
    });
    expect(server.masked).toContain(key);
  });

  test.each([
    ['not JSON', 'no-such-file.json', /does not exist/],
    ['without a key', '{"uid":"x"}', /lacks uid or private_key/],
  ])('a service account that is %s is refused before anything is contacted', async (_, given, words) => {
    const opened = scripted(() => APP, { credentials: { 'service-account': given } });
    await expect(opened).rejects.toMatchObject(failureLike('MARATHON_SETTINGS', words));
  });

  test('a login that is refused says so, and the password is not in the sentence', async () => {
    const refuse: Script = () => ({ status: 401, json: { title: 'Unauthorized', message: 'no such user' } });
    await using server = await scripted(refuse, { credentials: { user: 'ci', password: 'pass-word' } });
    const read = readApp(server.client, '/svc-blue', soon());
    await expect(read).rejects.toMatchObject(failureLike('CREDENTIALS', /answered 401, no such user/));
  });
});

describe('a long bake', () => {
  test('renews a token before it ends', async () => {
    let now = Date.now();
    const clock: Clock = { ...hasty, now: () => now };
    const tokens = [token(1, 600, now), token(2, 1_200, now)];
    const section = { credentials: { user: 'ci', password: 'pass-word' } };
    await using server = await scripted(
      cluster(tokens, () => true),
      section,
      clock,
    );
    await readApp(server.client, '/svc-blue', soon());
    now += 570_000;
    await readApp(server.client, '/svc-blue', soon());
    expect(server.seen.filter(({ path }) => path !== LOGIN).map(({ authorization }) => authorization)).toEqual(
      tokens.map(one => `token=${one}`),
    );
  });

  test('logs in again, once, when a token is suddenly not accepted any more', async () => {
    const tokens = [token(1, 3_600), token(2, 3_600)];
    const section = { credentials: { user: 'ci', password: 'pass-word' } };
    await using server = await scripted(
      cluster(tokens, authorization => authorization === `token=${tokens[1]}`),
      section,
    );
    expect(await readApp(server.client, '/svc-blue', soon())).toMatchObject({ id: '/svc-blue' });
    expect(logins(server)).toHaveLength(2);
  });

  test('ends with a sentence when a new token is not accepted either', async () => {
    const section = { credentials: { user: 'ci', password: 'pass-word' } };
    await using server = await scripted(
      cluster([token(1, 60), token(2, 60), token(3, 60)], () => false),
      section,
    );
    await expect(readApp(server.client, '/svc-blue', soon())).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(logins(server).length).toBeLessThan(4);
  });
});
