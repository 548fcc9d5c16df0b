import { expect, test } from '@jest/globals';
import { expectResult, HOST, PLACE, startHouse } from './house.js';

const ROBOT = { id: 'robot', secret: 'robot-secret' };

test.each([
  ['a user', undefined],
  ['a client', { client: ROBOT.id, secret: ROBOT.secret }],
])('%s logs in, and releases', async (_, credentials) => {
  await using house = await startHouse({ clients: [ROBOT] });
  expectResult(await house.run(credentials ? { 'cloud-foundry': { credentials } } : {}), 'succeeded');
});

test('a ready token is enough', async () => {
  await using house = await startHouse();
  const token = house.cf.uaa.issue('admin');
  expectResult(await house.run({ 'cloud-foundry': { credentials: { token } } }), 'succeeded');
});

test('a token that ends on the way is renewed before it ends, and no request is refused for it', async () => {
  await using house = await startHouse({ tokenLifeMs: 900 });
  expectResult(await house.run(), 'succeeded');
  expect(house.cf.requests.all.filter(({ status }) => status === 401)).toEqual([]);
});

test('tokens that are revoked on the way are got anew, once', async () => {
  await using house = await startHouse();
  let isRevoked = false;
  house.cf.interception.beforeAnswer = ({ method, path }) => {
    if (method === 'POST' && path === '/v3/packages' && !isRevoked) {
      isRevoked = true;
      house.cf.uaa.revoke();
    }
  };
  expectResult(await house.run(), 'succeeded');
  expect(house.cf.requests.all.filter(({ status }) => status === 401)).toHaveLength(1);
});

test('a password that is not taken is refused in words, and is in no log (P12)', async () => {
  await using house = await startHouse();
  const credentials = { user: 'admin', password: 'wr0ng-password' };
  const run = await house.run({ 'cloud-foundry': { credentials } });
  expectResult(run, 'refused');
  expect(run.outcome.failures[0]).toMatchObject({
    code: 'LOGIN_REFUSED',
    message: expect.stringContaining('Bad credentials'),
  });
  expect(run.log).not.toContain(credentials.password);
  // A few attempts would lock the account.
  expect(house.cf.requests.all.filter(({ path }) => path === '/uaa/oauth/token')).toHaveLength(1);
  expect(house.writes()).toEqual([]);
});

test('no password, token or variable is in what a run logs (P12)', async () => {
  const blue = { name: 'myapp', image: 'registry.test/myapp:1', env: { DB: 'db-s3cret' } };
  await using house = await startHouse({ seed: { apps: [blue] } });
  const registry = { username: 'puller', password: 'reg1stry-password' };
  const run = await house.run({ target: { 'cloud-foundry': { app: 'myapp', docker: registry } } });
  expectResult(run, 'succeeded');
  const secrets = [house.cf.user.password, registry.password, 'db-s3cret'];
  expect(secrets.filter(secret => `${run.log}${JSON.stringify(run.outcome)}`.includes(secret))).toEqual([]);
});

test('a server that asks to wait is waited for', async () => {
  await using house = await startHouse({ rateLimit: { limit: 40, windowMs: 1_500 } });
  expectResult(await house.run(), 'succeeded');
  expect(house.cf.requests.all.some(({ status }) => status === 429)).toBe(true);
});

test('two targets on two foundations are released as one', async () => {
  await using east = await startHouse();
  await using west = await startHouse({
    seed: { apps: [{ name: 'cart', image: 'registry.test/cart:1' }], routes: { 'cart.example.test': ['cart'] } },
  });
  const { api, routers } = west.section();
  const target = (name: string, host: string, more: object) => ({
    name,
    slots: { blue: `${name}-blue`, green: `${name}-green` },
    manifest: 'manifest.yml',
    image: `registry.test/${name}:2`,
    routes: [`route/${host}`],
    'cloud-foundry': { app: name, ...more },
  });
  east.write('manifest.yml', 'applications: [{ name: any, health-check-type: http }]');
  const targets = [target('myapp', HOST, {}), target('cart', `cart.${PLACE.domain}`, { foundation: 'west' })];
  const run = await east.run({ targets, 'cloud-foundry': { foundations: { west: { api, routers } } } });
  expectResult(run, 'succeeded');
  expect(east.cf.app('myapp')?.annotations['cutover-version']).toBe('2');
  expect(west.cf.app('cart')?.annotations['cutover-version']).toBe('2');
  expect(west.cf.app('myapp')).toBeUndefined();
});
