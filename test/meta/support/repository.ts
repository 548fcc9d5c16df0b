/** The repository as the tests of its rules read it. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

export const ROOT = join(import.meta.dirname, '../../..');

export function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Paths below a folder, from the root of the repository. */
export function filesBelow(folder: string, ending: RegExp): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && ending.test(entry.name))
    .map(entry => relative(ROOT, join(entry.parentPath, entry.name)))
    .sort();
}

/** What git holds, or will hold once it is added. */
export function trackedFiles(): readonly string[] {
  const words = ['ls-files', '--cached', '--others', '--exclude-standard'];
  const listed = execFileSync('git', words, { cwd: ROOT, encoding: 'utf8' }).split('\n');
  return [...new Set(listed)].filter(path => path !== '' && existsSync(join(ROOT, path)));
}

/** Every Markdown file for readers. */
export function documents(): readonly string[] {
  return trackedFiles().filter(path => /^[^/]+\.md$|^(docs|examples)\/.*\.md$/.test(path));
}
