/** What is pushed: a zip file as it is, or a folder made into one, without what .cfignore names. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { cfFailure } from './failures.js';

/** What no push wants, as the cf CLI has it. */
const NEVER = [
  '.cfignore',
  '_darcs',
  '.DS_Store',
  '.git',
  '.gitignore',
  '.hg',
  '.svn',
  '/manifest.yml',
  '.cloudfoundry',
];
const UNIX = 3;
/** Archives with the same files are the same: dates before 1980 are none in a zip. */
const DATE = new Date(1980, 0, 2);

/** The bytes of a zip file. Throws MANIFEST where there is nothing to push. */
export async function readBits(path: string): Promise<Buffer> {
  const found = await stat(path).catch((cause: unknown) => {
    throw cfFailure('MANIFEST', { sentences: [`${path} does not exist.`] }, { cause });
  });
  if (!found.isDirectory()) return readFile(path);
  const { zip } = await import('fflate');
  const files = await filesIn(path);
  if (files.length === 0) throw cfFailure('MANIFEST', { sentences: [`${path} has no files to push.`] });
  const entries = await Promise.all(
    files.map(async ({ name, mode }) => {
      const attributes = { os: UNIX, attrs: (0o100000 | (mode & 0o777)) << 16, mtime: DATE };
      const file: [Uint8Array, typeof attributes] = [new Uint8Array(await readFile(join(path, name))), attributes];
      return [name, file] as const;
    }),
  );
  return new Promise((resolve, reject) => {
    zip(Object.fromEntries(entries), (error, data) => (error ? reject(error) : resolve(Buffer.from(data))));
  });
}

async function filesIn(folder: string): Promise<readonly { readonly name: string; readonly mode: number }[]> {
  const { default: ignore } = await import('ignore');
  const own = await readFile(join(folder, '.cfignore'), 'utf8').catch(() => '');
  const ignored = ignore().add(NEVER).add(own);
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const names = entries
    .filter(entry => !entry.isDirectory())
    .map(entry =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    )
    .filter(name => !ignored.ignores(name))
    .sort();
  return Promise.all(names.map(async name => ({ name, mode: (await stat(join(folder, name))).mode })));
}
