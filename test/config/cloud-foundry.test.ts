import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { type Config, cloudFoundrySchema } from '../../src/config/schema.js';
import { readConfig } from '../../src/config.js';
import { examine } from '../../src/platforms/cloudfoundry/index.js';

const workspace = mkdtempSync(join(tmpdir(), 'cutover-config-'));
afterAll(() => rmSync(workspace, { recursive: true, force: true }));

const PLACE = '{ api: https://api.cf.example, org: shop, space: production, credentials: { token: abc } }';
const SMALLEST = {
  platform: 'cloud-foundry',
  'cloud-foundry': PLACE,
  blue: 'shop-blue',
  green: 'shop-green',
  service: 'route/shop.cf.example/cart',
  image: 'registry.example/shop:2',
  version: '2',
};

function read(inputs: Readonly<Record<string, string>>): Promise<Config> {
  return readConfig({
    inputs,
    workspace,
    environment: {},
    commit: async () => undefined,
    mask: () => undefined,
    examine: (_, target, section) => examine(target, workspace, section as ReturnType<typeof cloudFoundrySchema.parse>),
  });
}

const mistakes = (inputs: Readonly<Record<string, string>>) =>
  read(inputs).then(String, (failed: Error) => failed.message);

test('no manifest is needed beside an image; the switch overlaps, and staging has its time', async () => {
  expect(await read(SMALLEST)).toMatchObject({
    switch: { mode: 'overlap' },
    deadlines: { deploy: 900_000 },
    targets: [{ name: 'shop', routes: ['route/shop.cf.example/cart'] }],
  });
});

test('a switch in one write is refused with the reason, and one in shares is taken', async () => {
  expect(await mistakes({ ...SMALLEST, switch: 'atomic' })).toContain('no write takes blue from all routers');
  expect(await read({ ...SMALLEST, switch: 'steps' })).toMatchObject({ switch: { mode: 'steps' } });
});

test('mistakes of a target are told all at once', async () => {
  writeFileSync(join(workspace, 'manifest.yml'), 'applications: [{ name: shop, env: { A: ((secret)) } }]');
  const told = await mistakes({
    ...SMALLEST,
    manifest: 'manifest.yml',
    service: 'route/shop.cf.example, route/shop.cf.example, tcp/shop',
    namespace: 'shop',
  });
  expect(told).toContain('((secret))');
  expect(told).toContain('is named twice');
  expect(told).toContain('is of a kind that is not supported');
});

test('what is for Cloud Foundry alone has no effect elsewhere, and that is said', async () => {
  const { platform: _, ...elsewhere } = SMALLEST;
  const smoke = '[{ http: { path: / } }, { log-cache: { errors: "< 1%" } }]';
  const told = await mistakes({ ...elsewhere, manifest: 'manifest.yml', service: 'shop', smoke });
  expect(told).toContain('has no effect on platform kubernetes');
  expect(told).toContain('asks log-cache, which platform kubernetes does not have');
});

test('a section without a place, and one with two kinds of credentials, are told', async () => {
  expect(cloudFoundrySchema.safeParse({ api: 'https://api.cf.example' }).success).toBe(false);
  const credentials = { user: 'a', password: 'b', token: 'c' };
  const told = cloudFoundrySchema.safeParse({ api: 'https://x.example', org: 'o', space: 's', credentials });
  expect(JSON.stringify(told.error)).toContain('must be one of');
});
