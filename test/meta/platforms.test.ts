import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { configSchema } from '../../src/config/schema.js';
import { INPUTS } from '../../src/inputs.js';
import { loadPlatform } from '../../src/platforms/index.js';
import { ROOT, read } from './support/repository.js';

const FOLDERS = readdirSync(join(ROOT, 'src/platforms'), { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(entry => entry.name)
  .sort();
/** Folders are named without the hyphens that ids have. */
const folderOf = (id = '') => id.replaceAll('-', '');
const folders = (ids: readonly (string | undefined)[]) => ids.map(folderOf).sort();

test('the registry, the configuration and the input know the platforms that are there, and no other', () => {
  const registered = [
    ...read('src/platforms/index.ts').matchAll(/^\s+'?([\w-]+)'?: \(\) => import\('\.\/(\w+)\/index\.js'\)/gm),
  ];
  expect(folders(registered.map(([, id]) => id))).toEqual(FOLDERS);
  expect(registered.map(([, , folder]) => folder).sort()).toEqual(FOLDERS);
  expect(folders(configSchema.shape.platform.unwrap().options)).toEqual(FOLDERS);
  expect(folders(INPUTS.find(({ name }) => name === 'platform')?.options ?? [])).toEqual(FOLDERS);
});

test.each(configSchema.shape.platform.unwrap().options)(
  '%s can be loaded, and does what the port asks for',
  async id => {
    const platform = await loadPlatform(id);
    expect(platform).toEqual(expect.objectContaining({ examine: expect.any(Function), open: expect.any(Function) }));
    expect(existsSync(join(ROOT, 'test/platforms', folderOf(id)))).toBe(true);
  },
);

test('a platform that nobody has is refused with the ones that there are', async () => {
  await expect(loadPlatform('mainframe')).rejects.toMatchObject({
    code: 'INVALID_CONFIGURATION',
    message: expect.stringContaining('kubernetes'),
  });
});
