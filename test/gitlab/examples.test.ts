import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { load, loadAll } from 'js-yaml';
import { filesBelow, ROOT, read } from '../meta/support/repository.js';
import { missing, Pipeline, TEMPLATE } from './pipeline.js';

interface Included {
  readonly component: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

interface Declared {
  readonly type: string;
  readonly options?: readonly unknown[];
}

const [{ spec }] = loadAll(readFileSync(TEMPLATE, 'utf8')) as [{ spec: { inputs: Record<string, Declared> } }];
const EXAMPLES = [...filesBelow('examples', /^\.gitlab-ci\.yml$/), 'gitlab/.gitlab-ci.yml'];
const README = /```yaml\n(include:[\s\S]*?)```/.exec(read('gitlab/README.md'))?.[1] ?? '';
const TEXTS: [string, string][] = [...EXAMPLES.map((path): [string, string] => [path, read(path)]), ['README', README]];

describe('what can be copied for GitLab', () => {
  test.each(TEXTS)('%s gives inputs that the component has, with values that it takes', (_, text) => {
    const included = (load(text) as { include: Included[] }).include;
    expect(included.length).toBeGreaterThan(0);
    for (const [name, value] of included.flatMap(({ inputs }) => Object.entries(inputs))) {
      const declared = spec.inputs[name];
      expect([name, declared?.type]).toEqual([name, typeof value]);
      if (declared?.options) expect(declared.options).toContain(value);
    }
  });

  const lack = missing();
  if (lack) process.stderr.write(`  The examples for GitLab are not expanded: ${lack}.\n`);
  (lack ? test.skip : test).each(TEXTS)(
    '%s is a pipeline that the public schema of GitLab CI allows',
    async (_, text) => {
      const local = text.replaceAll(
        /component: .*/g,
        'component: $CI_SERVER_FQDN/$CI_PROJECT_PATH/cutover@$CI_COMMIT_SHA',
      );
      using pipeline = new Pipeline({ text: local });
      // What is only shown is not held against the schema; what is listed is.
      expect(await pipeline.run(['--list'])).toMatchObject({ exitCode: 0 });
      const names = Object.keys(pipeline.expanded());
      expect(names.filter(name => name.endsWith('switch')).length).toBeGreaterThan(0);
    },
  );
});

test('the examples are those that the index of examples names', () => {
  expect(EXAMPLES.length).toBeGreaterThanOrEqual(3);
  const index = readFileSync(join(ROOT, 'examples/README.md'), 'utf8');
  for (const path of EXAMPLES.slice(0, -1)) expect(index).toContain(`(${path.split('/')[1]})`);
});
