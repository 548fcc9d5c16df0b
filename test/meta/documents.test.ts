import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { z } from 'zod';
import { isWorkflow, snippetsOf } from '../../scripts/lib/snippets.mjs';
import { type Config, checkSchema, configSchema } from '../../src/config/schema.js';
import { EXIT_CODES } from '../../src/failures.js';
import { readYaml } from '../../src/platforms/kubernetes/yaml.js';
import { documents, filesBelow, ROOT, read } from './support/repository.js';

const SNIPPETS = documents().flatMap(path => snippetsOf(path, read(path)));
const VERSION = { version: '1' };

/** Reads a snippet as the program reads the file that it is meant to be. Throws when that would fail. */
function readAs(file: string | undefined, text: string): unknown {
  if (isWorkflow(file)) return load(text); // linted in workflows.test.ts
  if (file === 'cutover.yml') return configSchema.parse({ ...VERSION, ...(load(text) as object) });
  if (file === 'checks.yml') return z.array(checkSchema).parse(load(text));
  if (file?.startsWith('k8s/')) {
    const read = readYaml(text);
    if ('mistake' in read) throw new Error(read.mistake.reason);
    return read.documents;
  }
  throw new Error(`A snippet of YAML begins with a comment that says which file it is; this one says ${file}.`);
}

describe('what can be copied works', () => {
  test('the documentation has snippets of every kind', () => {
    const files = new Set(SNIPPETS.map(({ file }) => (isWorkflow(file) ? 'workflow' : file)));
    expect([...files].sort()).toEqual(['checks.yml', 'cutover.yml', 'k8s/shop.yaml', 'workflow']);
  });

  test.each(SNIPPETS)('$place, $file, is read as the program reads it', ({ file, text }) => {
    expect(readAs(file, text)).toBeTruthy();
  });

  test('a snippet with a mistake, or without the name of its file, is found', () => {
    expect(() => readAs('cutover.yml', 'targets: []\n')).toThrow();
    expect(() => readAs('checks.yml', '- http: { pathh: / }\n')).toThrow();
    expect(() => readAs(undefined, 'a: 1\n')).toThrow();
  });

  test('the example of a whole cutover.yml names every field that there is', () => {
    const whole = SNIPPETS.find(({ place }) => place.startsWith('docs/configuration.md'))?.text ?? '';
    expect(unsaid(JSON.parse(read('schemas/cutover.schema.json')), load(whole), '')).toEqual([]);
  });

  test('its defaults are the ones that hold', () => {
    const whole = SNIPPETS.find(({ place }) => place.startsWith('docs/configuration.md'))?.text ?? '';
    const said = configSchema.parse(load(whole));
    const held = configSchema.parse({ version: said.version, targets: said.targets });
    expect(withoutExamples(said)).toEqual(withoutExamples(held));
  });
});

describe('what is referred to exists', () => {
  const LINK = /\]\((?!https?:)([^)\s]+)\)|\bsrc="([^"]+)"/g;
  const links = documents().flatMap(path =>
    [...read(path).matchAll(LINK)].map(([, link, source]) => [path, link ?? source ?? ''] as const),
  );

  test.each(links)('%s: %s', (path, link) => {
    const [file = '', heading] = link.split('#');
    const target = file === '' ? path : join(dirname(path), file);
    expect(existsSync(join(ROOT, target))).toBe(true);
    if (heading) expect(headings(read(target))).toContain(heading);
  });

  test('npm scripts that the documentation names exist', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const named = documents().flatMap(path =>
      [...read(path).matchAll(/\bnpm run ([a-z:-]+)/g)].map(([, name]) => name),
    );
    expect([...new Set(named)].filter(name => !(`${name}` in scripts))).toEqual([]);
  });
});

describe('every failure is explained', () => {
  const SOURCES = filesBelow('src', /\.ts$/).map(read);
  const entries = filesBelow('src', /^failures\.ts$/).flatMap(path =>
    [...read(path).matchAll(/^ {2}([A-Z][A-Z_]+): \(/gm)].map(match => match[1] ?? ''),
  );
  const findings = SOURCES.flatMap(text =>
    [...text.matchAll(/\b(?:tell|refuse)\(\s*(?:[^,()]*,\s*)?'([A-Z_]{3,})'/g)].map(match => match[1] ?? ''),
  );
  const explained = [...read('docs/troubleshooting.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(match => match[1] ?? '');

  test('codes are found in the catalogues and among the findings', () => {
    expect(entries).toEqual(
      expect.arrayContaining(['INVALID_CONFIGURATION', 'NOT_READY', 'FORBIDDEN', 'ROUTE_CHANGED']),
    );
    expect(findings).toEqual(expect.arrayContaining(['MIXED_SELECTOR', 'HEADLESS', 'CONFIGURATION_SHARED']));
  });

  test('docs/troubleshooting.md has a row for each code that exists, and for no other', () => {
    expect([...explained].sort()).toEqual([...new Set([...entries, ...findings])].sort());
  });

  test('the README tells every result with its exit code', () => {
    const rows = [...read('README.md').matchAll(/^\| `([a-z-]+)` \| (\d+)/gm)].map(([, name, code]) => [name, code]);
    const wanted = Object.entries(EXIT_CODES).map(([name, code]) => [name, String(code)]);
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(wanted));
  });
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

/** Paths that the schema has and the example lacks. Of a list, all its items together have to name everything. */
function unsaid(schema: Schema, said: unknown, path: string): readonly string[] {
  if (/checks$|verify$/.test(path)) return []; // docs/checks.md has them
  if (schema.items) return unsaid(schema.items, Object.assign({}, ...(said as object[])), `${path}[]`);
  if (/identity$|gauge$|prometheus$/.test(path)) return []; // the two ways to say where a value stands exclude each other
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const value = (said as Record<string, unknown>)[name];
    const place = path === '' ? name : `${path}.${name}`;
    return value === undefined ? [place] : unsaid(field, value, place);
  });
}

/** A configuration without the fields that have no default, or whose example could not be one. */
function withoutExamples(config: Config): object {
  const {
    release,
    kubeconfig,
    context,
    namespace,
    marathon: _onMarathonOnly,
    bcs: _onBcsOnly,
    'cloud-foundry': _onCloudFoundryOnly,
    stepwise: { canary: _onlyIfAsked, ...stepwise },
    verify,
    bake,
    drain,
    switch: { checks: _onTheWay, ...way },
    notify: _onlyIfGiven,
    environment: _whereShown,
    github: { token: _ofTheJob, ...github },
    gitlab: { token: _ofTheProject, ...gitlab },
    approval: { approvers: _people, url: _asked, headers: _secret, ...approval },
    'report-directory': _reports,
    ...rest
  } = config;
  const { 'p95-above': _judgedIfGiven, ...probe } = bake.probe;
  const { gauge, prometheus, within, ...draining } = drain;
  return {
    ...rest,
    stepwise,
    github,
    gitlab,
    approval,
    switch: way,
    bake: { ...bake, probe, checks: [] },
    drain: draining,
  };
}

/** Anchors of headings, as GitHub makes them. */
function headings(markdown: string): readonly string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, text = '']) =>
    text
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  );
}
