import { describe, expect, test } from '@jest/globals';
import { load } from 'js-yaml';
import { generatedFiles } from '../../scripts/lib/generated.mjs';
import { configSchema } from '../../src/config/schema.js';
import { help } from '../../src/help.js';
import { INPUTS, OUTPUTS } from '../../src/inputs.js';
import { parseDuration } from '../../src/lib/units.js';
import { VERBS } from '../../src/release/model.js';
import { resultJsonSchema } from '../../src/report/result-schema.js';
import { worldOf } from '../hosts/world.js';
import { read } from './support/repository.js';

const README = read('README.md');
const FILES = generatedFiles({
  inputs: INPUTS,
  outputs: OUTPUTS,
  configuration: configSchema,
  result: resultJsonSchema(),
  readme: README,
});

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly description?: string;
}

/** What the JSON schema says of a dotted path. */
function schemaAt(path: string): Schema | undefined {
  let node: Schema | undefined = JSON.parse(FILES['schemas/cutover.schema.json'] ?? '');
  for (const part of path.split('.')) node = /^\d+$/.test(part) ? node?.items : node?.properties?.[part];
  return node;
}

describe('what is said of inputs agrees everywhere', () => {
  test.each(Object.keys(FILES))('%s is what the tables in src say; if not, run: npm run generate', path => {
    expect(read(path)).toBe(FILES[path]);
  });

  test('the action has every input and output, described, and runs the bundle before and after', () => {
    const action = load(read('action.yml')) as {
      inputs: Record<string, { description: string; default?: string }>;
      outputs: Record<string, { description: string }>;
      runs: Record<string, string>;
      description: string;
    };
    expect(Object.keys(action.inputs)).toEqual(INPUTS.map(({ name }) => name));
    expect(Object.keys(action.outputs)).toEqual(Object.keys(OUTPUTS));
    for (const { description } of [...Object.values(action.inputs), ...Object.values(action.outputs)]) {
      expect(description).toMatch(/\.$/);
    }
    const given = Object.entries(action.inputs).flatMap(([name, { default: value }]) =>
      value ? [`${name}: ${value}`] : [],
    );
    expect(given).toEqual(['github-token: ${{ github.token }}']);
    expect(action.runs).toEqual({
      using: 'node24',
      main: 'dist/index.js',
      post: 'dist/index.js',
      'post-if': 'always()',
    });
    // The marketplace shows no more.
    expect(action.description.length).toBeLessThanOrEqual(125);
  });

  test('--help names every input with its default, and every verb', () => {
    const { world, stdout } = worldOf({});
    expect(help(world)).toBe(0);
    for (const { name, default: shown } of INPUTS) {
      const line = stdout()
        .split('\n')
        .find(text => text.startsWith(`  --${name} `));
      expect(line).toContain(shown === undefined ? name : `Default: ${shown}.`);
    }
    for (const verb of VERBS) expect(stdout()).toMatch(new RegExp(`\\b${verb} {2,}`));
  });

  test('every input has a place in the configuration, with the same choices', () => {
    for (const { name, path, options } of INPUTS.filter(input => input.path !== '')) {
      const field = schemaAt(path);
      expect([name, field === undefined]).toEqual([name, false]);
      if (options) expect([name, field?.enum]).toEqual([name, options]);
    }
  });

  test('the default that is shown is the one that holds, in the file too', () => {
    const route = { name: 'shop', slots: { blue: 'a', green: 'b' }, routes: ['service/shop'] };
    const config = configSchema.parse({ version: '1', targets: [route] });
    for (const { name, path, kind, default: shown } of INPUTS.filter(({ path }) => path !== '')) {
      if (kind === 'text' || shown === undefined) continue;
      const held = path.split('.').reduce<unknown>((value, part) => (value as Record<string, unknown>)[part], config);
      expect([name, held]).toEqual([name, kind === 'duration' ? parseDuration(shown) : JSON.parse(quoted(shown))]);
      expect([name, String(schemaAt(path)?.default)]).toEqual([name, shown]);
    }
  });

  test('every field of the schema that an editor shows on the first level is described', () => {
    const { properties = {} } = JSON.parse(FILES['schemas/cutover.schema.json'] ?? '') as Schema;
    const silent = Object.entries(properties).filter(([, field]) => !field.description && !field.properties);
    expect(silent.map(([name]) => name)).toEqual(['targets']);
  });
});

/** `true` and `false` are no strings. */
function quoted(shown: string): string {
  return shown === 'true' || shown === 'false' ? shown : JSON.stringify(shown);
}
