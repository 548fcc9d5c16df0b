import { expect, test } from '@jest/globals';
import { openTerminal } from './terminal.js';

const MANIFEST = `applications:
- name: cart
  memory: 64M
  instances: 2
  health-check-type: http
  health-check-http-endpoint: /healthz
  env: { VERSION: "7" }
  sidecars: [{ name: cache, command: ./cache, process_types: [web] }]
  routes: [{ route: www.example.test/cart }]
`;

test('cf push of an image, then map, list, unmap and delete: users get what each command says', async () => {
  await using at = await openTerminal();
  await at.login();
  const pushed = await at.cf('push', 'shop', '--docker-image', 'registry.test/shop:3', '-i', '2', '--no-route');
  expect(pushed).toMatch(/instances: +2\/2/);
  await at.cf('map-route', 'shop', 'example.test', '--hostname', 'shop');
  await at.platform.settled();
  expect(await at.ask('shop.example.test')).toEqual([200, '3']);
  expect(await at.cf('apps')).toMatch(/^shop +started +web:2\/2 +shop\.example\.test$/m);
  expect(await at.cf('routes')).toMatch(/^production +shop +example\.test +http +http1 +8080 +shop/m);
  await at.cf('unmap-route', 'shop', 'example.test', '--hostname', 'shop');
  await at.platform.settled();
  expect(await at.ask('shop.example.test')).toEqual([404, null]);
  await at.cf('delete', 'shop', '-f', '-r');
  await at.cf('delete-route', 'example.test', '--hostname', 'shop', '-f');
  expect(await at.cf('apps')).toContain('No apps found');
  expect(await at.cf('routes')).toContain('No routes found');
  expect(at.platform.requests.unknown).toEqual([]);
});

test('cf push of a folder with a manifest: bits are staged, and processes, sidecars and routes are as it says', async () => {
  await using at = await openTerminal();
  await at.login();
  at.write('cart/index.js', 'run();');
  at.write('cart/manifest.yml', MANIFEST);
  const pushed = await at.cf('push', '-f', 'cart/manifest.yml', '-p', 'cart');
  expect(pushed).toMatch(/sidecars: +cache\ninstances: +2\/2\nmemory usage: +64M/);
  await at.platform.settled();
  expect(await at.ask('www.example.test/cart')).toEqual([200, '7']);
  expect(await at.cf('env', 'cart')).toMatch(/VERSION: +7/);
  expect(await at.cf('logs', 'cart', '--recent')).toContain('Container became healthy');
  await at.cf('scale', 'cart', '-i', '3');
  await at.cf('stop', 'cart');
  expect(await at.cf('start', 'cart')).toMatch(/instances: +3\/3/);
  expect(at.platform.requests.unknown).toEqual([]);
});

test('cf push says what staging said when it fails, and a name that is taken is refused', async () => {
  await using at = await openTerminal({
    behaviour: ({ name }) => (name === 'broken' ? { staging: 'fails' } : {}),
    seed: { apps: [{ name: 'shop', version: '1' }] },
  });
  await at.login();
  const broken = await at.attempt('push', 'broken', '--docker-image', 'registry.test/broken:1', '--no-route');
  expect([broken.code, broken.screen]).toEqual([1, expect.stringContaining('BuildpackCompileFailed')]);
  const renamed = await at.attempt('rename', 'broken', 'shop');
  expect([renamed.code, renamed.screen]).toEqual([1, expect.stringContaining("name 'shop' already exists")]);
});
