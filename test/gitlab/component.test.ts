import { describe, expect, test } from '@jest/globals';
import { eventually } from '../cluster/support/eventually.js';
import { openStage } from '../e2e/stage.js';
import { missing, type Pipeline, PROGRAM } from './pipeline.js';
import { ArchiveServer } from './registry.js';
import { shopPipeline, whatServes } from './shop.js';

const lack = missing();
if (lack) process.stderr.write(`  The component is not run: ${lack}.\n`);
const here = lack ? describe.skip : describe;

const BLUE_ALONE = { live: 'shop-blue', slots: ['shop-blue'] };
const BOTH_ON_GREEN = { live: 'shop-green', slots: ['shop-blue', 'shop-green'] };

here('a pipeline that includes the component', () => {
  test('deploys, verifies and switches by itself, and waits for a person before blue is removed', async () => {
    await using stage = await openStage();
    using pipeline = shopPipeline(stage);
    const released = await pipeline.run();
    expect(released).toMatchObject({ exitCode: 0 });
    expect(whatServes(stage.platform)).toEqual(BOTH_ON_GREEN);
    expect(pipeline.artifact('cutover-switch', 'cutover-report/junit.xml')).toContain('<testsuite');
    expect(pipeline.artifact('cutover-switch', 'cutover-report/report.html')).toContain('<!doctype html>');
    expect(JSON.parse(pipeline.artifact('cutover-switch', 'cutover-report/annotations.json'))).toEqual({
      cutover: [
        {
          external_link: {
            label: 'Report',
            url: expect.stringMatching(/\/artifacts\/file\/cutover-report\/report\.html$/),
          },
        },
        { external_link: { label: 'Live', url: stage.url } },
      ],
    });
    const removed = await pipeline.run(['cutover-teardown']);
    expect(removed).toMatchObject({ exitCode: 0 });
    expect(whatServes(stage.platform)).toEqual({ live: 'shop-green', slots: ['shop-green'] });
  });

  test('stops at a failed check of green, and users stay on blue', async () => {
    await using stage = await openStage();
    using pipeline = shopPipeline(stage, { inputs: { smoke: '- http: { path: /, expect: { status: 418 } }' } });
    const { exitCode, log } = await pipeline.run();
    expect(exitCode).toBe(1);
    expect(log).toMatch(/1 of 1 checks did not pass during verify/);
    expect(log).not.toMatch(/cutover-switch.*starting/);
    expect(whatServes(stage.platform)).toEqual(BLUE_ALONE);
    expect(log).toMatch(/Running after script[\s\S]*The run itself came to its end, so there is nothing to abort\./);
    expectEvidence(pipeline, 'cutover-deploy', { result: 'failed', verb: 'deploy', code: 'CHECKS_FAILED' });
  });

  test('leaves its evidence of a wrong configuration', async () => {
    await using stage = await openStage();
    using pipeline = shopPipeline(stage, { inputs: { bake: '30' } });
    expect(await pipeline.run(['cutover-deploy'])).toMatchObject({ exitCode: 1 });
    expectEvidence(pipeline, 'cutover-deploy', { result: 'invalid', verb: 'deploy', code: 'INVALID_CONFIGURATION' });
  });

  test('waits for a person before the switch, where it is told to', async () => {
    await using stage = await openStage();
    using pipeline = shopPipeline(stage, { inputs: { 'when-switch': 'manual' } });
    const { log } = await pipeline.run();
    expect(log).not.toMatch(/cutover-(switch|teardown|rollback\S*).*starting/);
    expect(whatServes(stage.platform)).toEqual({ live: 'shop-blue', slots: ['shop-blue', 'shop-green'] });
    expect(await pipeline.run(['cutover-switch'])).toMatchObject({ exitCode: 0 });
    expect(whatServes(stage.platform)).toEqual(BOTH_ON_GREEN);
  });

  test('goes back when a check of live traffic fails after the switch', async () => {
    await using stage = await openStage();
    const inputs = { 'live-checks': '- http: { path: /, expect: { status: 418 } }' };
    using pipeline = shopPipeline(stage, { inputs });
    const { exitCode, log } = await pipeline.run();
    expect(exitCode).toBe(1);
    expect(log).toContain('The previous routing is back');
    expect(whatServes(stage.platform).live).toBe('shop-blue');
    expectEvidence(pipeline, 'cutover-switch', { result: 'rolled-back', verb: 'switch', code: 'CHECKS_FAILED' });
  });

  test('goes back when a job of the project fails after the switch', async () => {
    await using stage = await openStage();
    const beside = {
      stages: ['deploy', 'acceptance'],
      acceptance: { stage: 'acceptance', script: ['echo "The shop takes no orders." && exit 1'] },
    };
    using pipeline = shopPipeline(stage, { beside });
    const { exitCode, log } = await pipeline.run();
    expect(exitCode).toBe(1);
    expect(log).toMatch(/cutover-rollback-on-failure.*starting/);
    expect(whatServes(stage.platform).live).toBe('shop-blue');
  });

  test('takes back only its own version when a job fails', async () => {
    await using stage = await openStage();
    using pipeline = shopPipeline(stage);
    expect(pipeline.expanded()['cutover-rollback-on-failure']?.variables).toMatchObject({ CUTOVER_IF_LIVE: 'true' });
  });

  test('puts an unconfirmed switch back when its job is cancelled, and leaves the evidence of that', async () => {
    await using stage = await openStage();
    const files = { 'cutover.yml': 'switch: { mode: overlap, hold: 20s }\n' };
    using pipeline = shopPipeline(stage, { inputs: { config: 'cutover.yml' }, files });
    const running = pipeline.run();
    await eventually('both slots to be live', 20, async () => {
      const { live } = whatServes(stage.platform);
      return live === undefined ? { found: true } : { not: live };
    });
    pipeline.killProgram('SIGTERM');
    const { exitCode, log } = await running;
    expect(exitCode).toBe(1);
    expect(log).toMatch(/The previous routing is back: shop serves from shop-blue[\s\S]*Running after script/);
    expect(whatServes(stage.platform).live).toBe('shop-blue');
    expectEvidence(pipeline, 'cutover-switch', { result: 'cancelled', verb: 'switch', code: 'CANCELLED' });
  });

  test('puts an unconfirmed switch back when its program was killed, as by a runner that loses its patience', async () => {
    await using stage = await openStage();
    const files = { 'cutover.yml': 'switch: { mode: overlap, hold: 20s }\n' };
    using pipeline = shopPipeline(stage, { inputs: { config: 'cutover.yml' }, files });
    const running = pipeline.run();
    await eventually('both slots to be live', 20, async () => {
      const { live } = whatServes(stage.platform);
      return live === undefined ? { found: true } : { not: live };
    });
    pipeline.killProgram();
    const { exitCode, log } = await running;
    expect(exitCode).toBe(1);
    expect(log).toMatch(/Running after script[\s\S]*The previous routing is back: shop serves from shop-blue/);
    expect(whatServes(stage.platform).live).toBe('shop-blue');
  });

  test('is fetched from the package registry of the component, at its commit', async () => {
    await using registry = await ArchiveServer.of(PROGRAM);
    await using stage = await openStage();
    using pipeline = shopPipeline(stage, { inputs: { program: '' } });
    const { exitCode } = await pipeline.run(['--variable', `CI_API_V4_URL=${registry.url}/api/v4`, 'cutover-deploy']);
    expect(exitCode).toBe(0);
    const path =
      /^\/api\/v4\/projects\/your-org%2Fcutover\/packages\/generic\/cutover\/[0-9a-f]{40}\/cutover\.tar\.gz$/;
    expect(registry.asked).toEqual([expect.stringMatching(path)]);
  });

  test('says which input to correct when there is no program', async () => {
    await using stage = await openStage();
    using pipeline = shopPipeline(stage, { inputs: { program: 'nowhere' } });
    const { exitCode, log } = await pipeline.run(['cutover-deploy']);
    expect(exitCode).toBe(1);
    expect(log).toContain('There is no index.js in nowhere, so there is no program to run. Check the input program.');
  });
});

/** What people find in the merge request is what the job's own program left, not what came after it. */
function expectEvidence(
  pipeline: Pipeline,
  job: string,
  { result, verb, code }: { result: string; verb: string; code: string },
): void {
  const document = JSON.parse(pipeline.artifact(job, 'cutover-report/result.json'));
  const codes = document.failures.map((failed: { code: string }) => failed.code);
  expect({ result: document.result, verb: document.verb, codes }).toEqual({ result, verb, codes: [code] });
  expect(pipeline.artifact(job, 'cutover-report/junit.xml')).not.toMatch(/<testsuites[^>]* tests="0"/);
  expect(pipeline.artifact(job, '.gitlab-ci-reports/dotenv/cutover.env')).toContain(
    `CUTOVER_OUTPUT_RESULT=${result}\n`,
  );
}
