import { expect, test } from '@jest/globals';
import { VERSION } from '../../src/version.js';
import { filesBelow, read, trackedFiles } from './support/repository.js';

const SOURCES = filesBelow('src', /\.ts$/).map(path => ({ path, text: read(path) }));

/** Files of text that people write; the bundle and recordings are made by programs. */
const WRITTEN = trackedFiles().filter(
  path => !/^dist\/|\/golden\/|\.(sum|png|svg)$|package-lock\.json$/.test(path) && !path.startsWith('test/meta/house'),
);

/** Lines in which a pattern is found, as `path:line`. */
function linesWith(pattern: RegExp, files: readonly { path: string; text: string }[]): readonly string[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [])),
  );
}

const ANY = /(:|<|as|\||,)\s*any\b(?!\s+\w)/;
const DEFAULT_EXPORT = /^export default\b/;
const ENUM = /^\s*(export\s+)?(const\s+)?enum\b/;
const PROCESS = /\bprocess\.(env|argv|stdout|stderr|exit|cwd)\b/;
const MACHINE = /(^|[\s"'`(=:])\/(work|root|tmp)\/(?!X)[a-z]/;
const REGISTRY = /registry\.(npmjs|npmmirror|yarnpkg)\b|proxy\.golang\.org/;

test.each([
  [ANY, 'const x: any = 1;'],
  [ANY, 'function f(x: Map<string, any>) {'],
  [DEFAULT_EXPORT, 'export default function f() {'],
  [ENUM, 'export const enum Colour {'],
  [PROCESS, 'const home = process.env.HOME;'],
  [MACHINE, `const root = '${['', 'root', 'project'].join('/')}';`],
  [MACHINE, 'cd /tmp/build'],
  [REGISTRY, '"https://registry.npmjs.org/zod"'],
])('%s sees: %s', (pattern, line) => {
  expect(line).toMatch(pattern);
});

test('no source file is longer than 300 lines', () => {
  const long = SOURCES.filter(({ text }) => text.trimEnd().split('\n').length > 300);
  expect(long.map(({ path }) => path)).toEqual([]);
});

test('sources have no default export, no any, and no enum', () => {
  expect(linesWith(DEFAULT_EXPORT, SOURCES)).toEqual([]);
  expect(linesWith(ANY, SOURCES.map(withoutComments))).toEqual([]);
  expect(linesWith(ENUM, SOURCES)).toEqual([]);
});

test('below the entry nothing reads the process', () => {
  const below = SOURCES.filter(({ path }) => path !== 'src/main.ts');
  expect(linesWith(PROCESS, below.map(withoutComments))).toEqual([]);
});

test('the version is the one of package.json, and a release of it is described', () => {
  expect(VERSION).toBe(JSON.parse(read('package.json')).version);
  expect(read('CHANGELOG.md')).toContain(VERSION);
});

test('no file names a path of the machine that it was written on, or the host of a package registry', () => {
  const files = WRITTEN.map(path => ({ path, text: read(path) }));
  expect(linesWith(MACHINE, files).filter(line => !/\.test\.ts:|support/.test(line))).toEqual([]);
  expect(linesWith(REGISTRY, files)).toEqual([]);
});

test('the lock file names no host but the public registry', () => {
  const hosts = [...read('package-lock.json').matchAll(/"resolved": "([a-z+]+:\/\/[^/"]+)/g)].map(([, host]) => host);
  expect([...new Set(hosts)].filter(host => host !== 'https://registry.npmjs.org')).toEqual([]);
});

test('every dependency is pinned to one version', () => {
  const { dependencies, devDependencies } = JSON.parse(read('package.json'));
  const ranges = Object.entries<string>({ ...dependencies, ...devDependencies });
  expect(ranges.filter(([, range]) => !/^\d+\.\d+\.\d+$/.test(range))).toEqual([]);
});

function withoutComments({ path, text }: { path: string; text: string }) {
  const blank = (comment: string) => comment.replace(/[^\n]/g, ' ');
  return { path, text: text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/gm, blank) };
}
