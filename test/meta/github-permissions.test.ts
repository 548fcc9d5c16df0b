import { expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { filesBelow, read } from './support/repository.js';

const PERMISSION = /\b[a-z]+(?:-[a-z]+)*: (?:read|write)\b/g;

/** What the program names when it is refused, wherever it speaks with GitHub. */
function named(): readonly string[] {
  const sources = ['src/gates', 'src/hosts', 'src/lib/github'].flatMap(folder => filesBelow(folder, /\.ts$/).map(read));
  return [
    ...new Set(
      sources.flatMap(text => [...text.matchAll(/'([a-z-]+: (?:read|write))'/g)].map(([, words]) => words ?? '')),
    ),
  ];
}

function documented(): readonly string[] {
  const text = read('docs/github.md');
  const between = text.slice(text.indexOf('<!-- permissions -->'), text.indexOf('<!-- /permissions -->'));
  return between.match(PERMISSION) ?? [];
}

test('docs/github.md has every permission that the program may ask for, and no other than checking out', () => {
  expect(named().length).toBeGreaterThanOrEqual(5);
  expect([...new Set(documented())].sort()).toEqual([...named(), 'contents: read'].sort());
});

test('no example gives a job more than the table says', () => {
  const known = new Set(documented());
  const workflows = [...filesBelow('examples', /\.yml$/), '.github/workflows/cutover.yml'].filter(path =>
    read(path).includes('runs-on:'),
  );
  const given = workflows.flatMap(path => {
    const { permissions = {}, jobs = {} } = load(read(path)) as {
      permissions?: object;
      jobs?: Record<string, { permissions?: object }>;
    };
    return [permissions, ...Object.values(jobs).map(job => job.permissions ?? {})].flatMap(scopes =>
      Object.entries(scopes).map(([scope, level]) => ({ path, words: `${scope}: ${level}` })),
    );
  });
  expect(given.length).toBeGreaterThan(5);
  expect(given.filter(({ words }) => !known.has(words))).toEqual([]);
});
