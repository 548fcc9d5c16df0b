import { describe, expect, test } from '@jest/globals';
import { brokenArrows } from './support/arrows.js';
import { importsOf } from './support/imports.js';
import { filesBelow, read } from './support/repository.js';

const EDGES = filesBelow('src', /\.ts$/).flatMap(path => importsOf(path, read(path)));

/** A line that must not be, and the file that it would stand in. */
const BAD: readonly (readonly [path: string, line: string])[] = [
  ['src/run.ts', "import { x } from './main.js';"],
  ['src/main.ts', "import { release } from './command.js';"],
  ['src/main.ts', "import { demo } from './rehearse/demo.js';"],
  ['src/release/plan.ts', "import { run } from '../run.js';"],
  ['src/release/plan.ts', "import { loadPlatform } from '../platforms/index.js';"],
  ['src/release/plan.ts', "import { Platform } from '../platforms/port.js';"],
  ['src/release/plan.ts', "import { runChecks } from '../checks/index.js';"],
  ['src/release/plan.ts', "import { configSchema } from '../config/schema.js';"],
  ['src/release/plan.ts', "import { type Config, configSchema } from '../config/schema.js';"],
  ['src/release/plan.ts', "import { request } from '../lib/http.js';"],
  ['src/release/plan.ts', "import { readFile } from 'node:fs/promises';"],
  ['src/release/steps/bake.ts', "import type { Host } from '../../hosts/port.js';"],
  ['src/platforms/marathon/index.ts', "import { Client } from '../kubernetes/client.js';"],
  ['src/platforms/kubernetes/index.ts', "import { open } from '../bcs/index.js';"],
  ['src/command.ts', "import type { Client } from './platforms/kubernetes/client.js';"],
  ['src/platforms/index.ts', "import { open } from './kubernetes/index.js';"],
  ['src/command.ts', "import { startEmbeddedKubernetes } from './embedded/kubernetes/index.js';"],
  ['src/platforms/kubernetes/index.ts', "import { Store } from '../../embedded/kubernetes/store.js';"],
  ['src/main.ts', "import { embedded } from './embedded/command.js';"],
  ['src/embedded/kubernetes/store.ts', "import { matches } from '../../platforms/kubernetes/labels.js';"],
  ['src/embedded/dataplane/router.ts', "import type { Pod } from '../kubernetes/objects.js';"],
  ['src/embedded/dataplane/router.ts', "import { load } from 'js-yaml';"],
  ['src/report/summary.ts', "import { summary } from '@actions/core';"],
  ['src/embedded/kubernetes/store.ts', "import { KubeConfig } from '@kubernetes/client-node';"],
  ['src/release/plan.ts', "export {\n  one,\n  two,\n} from '../lib/http.js';"],
  ['src/command.ts', "const late = await import('./embedded/command.js');"],
];

const GOOD: readonly (readonly [path: string, line: string])[] = [
  ['src/main.ts', "const { demo } = await import('./rehearse/demo.js');"],
  ['src/release/plan.ts', "import type { Platform } from '../platforms/port.js';"],
  ['src/release/plan.ts', "import { type Config, type TargetConfig } from '../config/schema.js';"],
  ['src/release/steps/bake.ts', "import { formatDuration } from '../../lib/units.js';"],
  ['src/platforms/bcs/index.ts', "import { Client } from '../kubernetes/client.js';"],
  ['src/platforms/index.ts', "  kubernetes: () => import('./kubernetes/index.js'),"],
  ['src/hosts/github.ts', "import { setOutput } from '@actions/core';"],
];

describe('imports point one way', () => {
  test('no line of src breaks an arrow', () => {
    expect(EDGES.length).toBeGreaterThan(300);
    expect(brokenArrows(EDGES)).toEqual([]);
  });

  test.each(BAD)('%s may not say: %s', (path, line) => {
    const broken = brokenArrows(importsOf(path, `/** Some words first. */\n${line}\n`));
    expect(broken.length).toBeGreaterThan(0);
    expect(broken[0]).toContain(`${path}:2 `);
  });

  test.each(GOOD)('%s may say: %s', (path, line) => {
    expect(brokenArrows(importsOf(path, line))).toEqual([]);
  });

  test('every import of a source file is seen, those over several lines too', () => {
    const source = "import {\n  a,\n  type B,\n} from './b.js';\nexport * from './c.js';\nimport './d.js';\n";
    expect(importsOf('src/a.ts', source).map(({ to, line }) => [to, line])).toEqual([
      ['src/b', 1],
      ['src/c', 5],
      ['src/d', 6],
    ]);
  });
});
