import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { openStage, type Stage } from '../e2e/stage.js';
import { filesBelow, ROOT, read } from '../meta/support/repository.js';
import { missing, Pipeline, PROGRAM } from './pipeline.js';
import { ArchiveServer } from './registry.js';
import { whatServes } from './shop.js';

const EXAMPLE = 'examples/gitlab-merge-train';
const lack = missing();
if (lack) process.stderr.write(`  The merge train is not run: ${lack}.\n`);
const here = lack ? describe.skip : describe;

/** The example as it is: only places that do not exist here are others, and what would make the test long is short. */
function trainPipeline({ url, platform }: Stage, acceptance: 'passes' | 'fails'): Pipeline {
  const paths = filesBelow(EXAMPLE, /(staging|production|shop)\.yml$|\.yaml$/);
  const files = paths.map((path): [string, string] => [path.slice(EXAMPLE.length + 1), read(path)]);
  const near = files.map(([path, text]): [string, string] => {
    if (!path.startsWith('cutover/')) return [path, text];
    return [path, `settle: 200ms\n${text.replace(/https:\S+/, url).replace(/for: \d+[sm]/, 'for: 300ms')}`];
  });
  const text = readFileSync(join(ROOT, EXAMPLE, '.gitlab-ci.yml'), 'utf8')
    .replaceAll(/component: .*/g, 'component: $CI_SERVER_FQDN/$CI_PROJECT_PATH/cutover@$CI_COMMIT_SHA')
    // Containers beside a job are not for a shell.
    .replace(/^ +services: .*\n/m, '');
  return new Pipeline({
    text,
    files: { ...Object.fromEntries(near), kubeconfig: platform.kubeconfig() },
    programs: {
      docker: 'test "$1" != login || cat > /dev/null',
      npm: acceptance === 'fails' ? 'test "$1" != run' : 'true',
    },
  });
}

/** A pipeline of a merge train. */
function variables(registry: ArchiveServer, pipeline: Pipeline): readonly string[] {
  const values = {
    CI_MERGE_REQUEST_EVENT_TYPE: 'merge_train',
    CI_PIPELINE_SOURCE: 'merge_request_event',
    CI_API_V4_URL: `${registry.url}/api/v4`,
    KUBECONFIG: join(pipeline.folder, 'kubeconfig'),
  };
  return Object.entries(values).flatMap(([name, value]) => ['--variable', `${name}=${value}`]);
}

here('the example of a merge train', () => {
  test('cuts staging over, makes the acceptance tests on green, and then removes blue', async () => {
    await using stage = await openStage();
    await using registry = await ArchiveServer.of(PROGRAM);
    using pipeline = trainPipeline(stage, 'passes');
    const { exitCode, log } = await pipeline.run(variables(registry, pipeline));
    expect({ exitCode, log: exitCode === 0 ? '' : log }).toEqual({ exitCode: 0, log: '' });
    expect(whatServes(stage.platform)).toEqual({ live: 'shop-green', slots: ['shop-green'] });
    expect(log).not.toMatch(/production-|rollback-on-failure.*starting/);
  });

  test('puts staging back when the acceptance tests fail, and ends the train', async () => {
    await using stage = await openStage();
    await using registry = await ArchiveServer.of(PROGRAM);
    using pipeline = trainPipeline(stage, 'fails');
    const { exitCode, log } = await pipeline.run(variables(registry, pipeline));
    expect(exitCode).toBe(1);
    expect(log).toMatch(/acceptance.*starting/);
    expect(log).toMatch(/staging-rollback-on-failure.*starting/);
    expect(log).not.toMatch(/FAIL\s+staging-|staging-teardown.*starting/);
    expect(whatServes(stage.platform)).toEqual({ live: 'shop-blue', slots: ['shop-blue', 'shop-green'] });
  });
});
