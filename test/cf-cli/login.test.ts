import { expect, test } from '@jest/globals';
import { openTerminal, PLACE } from './terminal.js';

test('cf login finds the organization and the space, and cf target shows who we are', async () => {
  await using at = await openTerminal();
  await at.cf('api', at.platform.url, '--skip-ssl-validation');
  const { name, password } = at.platform.user;
  await at.cf('login', '-u', name, '-p', password, '-o', PLACE.organization, '-s', PLACE.space);
  const screen = await at.cf('target');
  expect(screen).toMatch(/user: +admin\norg: +shop\nspace: +production/);
  expect(at.platform.requests.unknown).toEqual([]);
});

test('cf auth takes a client, and refuses a password that is wrong', async () => {
  await using at = await openTerminal({ clients: [{ id: 'robot', secret: 'robot-secret' }] });
  await at.cf('api', at.platform.url, '--skip-ssl-validation');
  const wrong = await at.attempt('auth', 'admin', 'wrong');
  expect([wrong.code, wrong.screen]).toEqual([1, expect.stringContaining('Credentials were rejected')]);
  await at.cf('auth', 'robot', 'robot-secret', '--client-credentials');
  await at.cf('target', '-o', PLACE.organization, '-s', PLACE.space);
  expect(await at.cf('apps')).toContain('No apps found');
});

test('a token that is about to end is renewed by its refresh token', async () => {
  // The CLI reads the end of a token in the token, and renews it a minute before.
  await using at = await openTerminal({ tokenLifeMs: 30_000 });
  await at.login();
  const logins = () => at.platform.requests.all.filter(({ path }) => path === '/uaa/oauth/token').length;
  const before = logins();
  expect(await at.cf('apps')).toContain('No apps found');
  expect(logins()).toBeGreaterThan(before);
});
