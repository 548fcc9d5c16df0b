/**
 * Makes dist/ from the compiled sources: ncc bundles, then every chunk is minified, because ncc minifies the entry alone.
 * Files that the program reads, such as what report.html carries, stay as they are.
 * The output depends on the sources and the lock file, and on nothing else.
 */

import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { minify } from '@swc/core';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const ncc = createRequire(import.meta.url)('@vercel/ncc');

const { code, assets } = await ncc(join(root, 'build/main.js'), {
  cache: false,
  minify: false,
  license: 'licenses.txt',
  quiet: true,
});
const files = {
  'index.js': code,
  ...Object.fromEntries(Object.entries(assets).map(([name, { source }]) => [name, source])),
};

const dist = join(root, 'dist');
const isChunk = name => /^(\d+\.)?index\.js$/.test(name);
await rm(dist, { recursive: true, force: true });
for (const [name, source] of Object.entries(files)) {
  const path = join(dist, name);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, isChunk(name) ? await minified(String(source)) : source);
}

async function minified(source) {
  const { code: small } = await minify(source, {
    module: true,
    compress: { ecma: 2020 },
    mangle: { keep_classnames: true },
  });
  return `${small}\n`;
}
