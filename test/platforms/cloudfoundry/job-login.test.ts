import { expect, test } from '@jest/globals';
import { expectResult, type House, startHouse } from './house.js';
import { AUDIENCE, identifiersOf, issuer, signedToken, startTokenService } from './job-tokens.js';

const ROBOT = { id: 'robot', secret: 'robot-secret' };

function logins({ cf }: House): number {
  return cf.requests.all.filter(({ path }) => path.startsWith('/uaa/oauth/token')).length;
}

test.each([
  ['as a user', { 'jwt-bearer': { audience: AUDIENCE } }],
  ['as a client', { client: ROBOT.id, assertion: { audience: AUDIENCE } }],
])("GitHub's own token for the job is fetched and logs in %s: no secret is stored (P12)", async (_, credentials) => {
  await using github = await startTokenService();
  await using house = await startHouse({ issuer, clients: [ROBOT], environment: github.environment });
  const run = await house.run({ 'cloud-foundry': { credentials } });
  expectResult(run, 'succeeded');
  expect(github.given).toHaveLength(1);
  const secrets = [...github.given, github.environment.ACTIONS_ID_TOKEN_REQUEST_TOKEN];
  expect(secrets.filter(secret => `${run.log}${JSON.stringify(run.outcome)}`.includes(secret))).toEqual([]);
});

test('a new token of the job is fetched for each login, ahead of the end of the one before', async () => {
  await using github = await startTokenService();
  await using house = await startHouse({
    issuer,
    tokenLifeMs: 3_000,
    timing: { start: 2_500 },
    environment: github.environment,
  });
  expectResult(
    await house.run({ 'cloud-foundry': { credentials: { 'jwt-bearer': { audience: AUDIENCE } } } }),
    'succeeded',
  );
  expect(github.given.length).toBeGreaterThan(1);
  expect(new Set(identifiersOf(github.given)).size).toBe(github.given.length);
  expect(logins(house)).toBe(github.given.length);
  expect(house.cf.requests.all.filter(({ status }) => status === 401)).toEqual([]);
});

test('a token service that is out of order for a moment is asked again', async () => {
  await using github = await startTokenService();
  github.troubles.push(503, 429);
  await using house = await startHouse({ issuer, environment: github.environment });
  const credentials = { 'jwt-bearer': { audience: AUDIENCE } };
  expectResult(await house.run({ verb: 'plan', 'cloud-foundry': { credentials } }), 'succeeded');
});

test.each([
  ['the job may not ask for it', {}, 'ACTIONS_ID_TOKEN_REQUEST_URL is not set'],
  ['GitHub refuses', { ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'another' }, 'answered HTTP 401'],
])('without a token the run says why, and is refused: %s', async (_, environment, words) => {
  await using github = await startTokenService();
  const whole = Object.keys(environment).length === 0 ? {} : { ...github.environment, ...environment };
  await using house = await startHouse({ issuer, environment: whole });
  const run = await house.run({ 'cloud-foundry': { credentials: { 'jwt-bearer': { audience: AUDIENCE } } } });
  expectResult(run, 'refused');
  expect(run.outcome.failures[0]).toMatchObject({ code: 'NO_ID_TOKEN', message: expect.stringContaining(words) });
  expect(house.writes()).toEqual([]);
});

test('a token for another audience is refused in the words of UAA', async () => {
  await using github = await startTokenService();
  await using house = await startHouse({ issuer, environment: github.environment });
  const run = await house.run({
    'cloud-foundry': { credentials: { 'jwt-bearer': { audience: 'https://other.example' } } },
  });
  expectResult(run, 'refused');
  expect(run.outcome.failures[0]).toMatchObject({ code: 'LOGIN_REFUSED' });
});

test('an id_token of GitLab is read from the variable that is named, and is masked', async () => {
  const token = await signedToken();
  await using house = await startHouse({ issuer, tokenLifeMs: 1_500, environment: { CF_ID_TOKEN: token } });
  const run = await house.run({ 'cloud-foundry': { credentials: { 'jwt-bearer': { variable: 'CF_ID_TOKEN' } } } });
  expectResult(run, 'succeeded');
  expect(logins(house)).toBeGreaterThan(1);
  expect(`${run.log}${JSON.stringify(run.outcome)}`).not.toContain(token);
  const nothing = await house.run({ 'cloud-foundry': { credentials: { 'jwt-bearer': { variable: 'OTHER' } } } });
  expect(nothing.outcome.failures[0]).toMatchObject({
    code: 'NO_ID_TOKEN',
    message: expect.stringContaining('OTHER is not set'),
  });
});

test.each([
  ['a signed token of the configuration', async () => ({ 'jwt-bearer': await signedToken() })],
  [
    'a signed token, by a client of its own',
    async () => ({ 'jwt-bearer': await signedToken(), client: 'robot', secret: 'robot-secret' }),
  ],
  ['a client that signs', async () => ({ client: 'robot', assertion: await signedToken() })],
])('%s logs in', async (_, credentials) => {
  await using house = await startHouse({ issuer, clients: [ROBOT] });
  expectResult(await house.run({ verb: 'plan', 'cloud-foundry': { credentials: await credentials() } }), 'succeeded');
});

test('a user of another identity provider logs in with its origin, and not without', async () => {
  const anna = { name: 'anna', password: 'anna-password', origin: 'ldap' };
  await using house = await startHouse({ users: [anna] });
  const own = { user: anna.name, password: anna.password };
  expectResult(await house.run({ 'cloud-foundry': { credentials: own } }), 'refused');
  expectResult(await house.run({ 'cloud-foundry': { credentials: { ...own, origin: 'ldap' } } }), 'succeeded');
});

test('a token that ends in the middle of a long wait is renewed, and the wait goes on', async () => {
  await using house = await startHouse({ tokenLifeMs: 3_000, timing: { start: 6_000 } });
  expectResult(await house.run(), 'succeeded');
  expect(logins(house)).toBeGreaterThan(2);
  expect(house.cf.requests.all.filter(({ status }) => status === 401)).toEqual([]);
});

test('tokens that are revoked in the middle of a long wait are got anew, once each time', async () => {
  await using house = await startHouse({ timing: { start: 1_500 } });
  let [looks, revoked] = [0, 0];
  house.cf.interception.beforeAnswer = ({ path }) => {
    if (!path.endsWith('/processes/web/stats') || ++looks % 5 !== 0 || revoked === 2) return;
    revoked += 1;
    house.cf.uaa.revoke();
  };
  expectResult(await house.run(), 'succeeded');
  expect(revoked).toBe(2);
  // Requests that were under way together are each refused, and all wait for the same new token.
  expect(logins(house)).toBe(1 + revoked);
});
