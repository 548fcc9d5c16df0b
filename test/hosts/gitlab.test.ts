import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Dotenv } from '../../src/hosts/dotenv.js';
import { pickHost } from '../../src/hosts/index.js';
import { stillClock, worldOf } from './world.js';

let workspace: string;
beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'gitlab-'));
});
afterAll(() => rm(workspace, { recursive: true }));

async function gitlab(environment: Record<string, string> = {}) {
  const written = worldOf({ GITLAB_CI: 'true', ...environment }, { workspace });
  return { host: await pickHost(written.world, stillClock()), ...written };
}

describe('the log on GitLab', () => {
  test('has sections that fold and nest', async () => {
    const { host, stdout } = await gitlab();
    const outer = host.log.group('deploy');
    const inner = host.log.group('pods');
    inner();
    outer();
    outer();
    expect(stdout()).toBe(
      '\u001b[0Ksection_start:1700000000:cutover_1\r\u001b[0Kdeploy\n' +
        '\u001b[0Ksection_start:1700000000:cutover_2\r\u001b[0Kpods\n' +
        '\u001b[0Ksection_end:1700000000:cutover_2\r\u001b[0K\n' +
        '\u001b[0Ksection_end:1700000000:cutover_1\r\u001b[0K\n',
    );
  });

  test('marks warnings and errors, and opens no section for somebody else', async () => {
    const { host, stdout } = await gitlab({ CI_DEBUG_TRACE: 'true' });
    host.log.warning('late');
    host.fail('broken');
    host.log.debug('\u001b[0Ksection_start:1:evil\r\u001b[0Ktitle');
    expect(stdout()).toBe('WARNING: late\nERROR: broken\ndebug: section_start :1:evil\ntitle\n');
  });

  test('masks secrets by itself, since GitLab learns of none at run time', async () => {
    const { host, stdout } = await gitlab();
    host.mask('hunter2!');
    host.log.info('it is hunter2!');
    await host.summary('it is hunter2!');
    expect(stdout()).not.toContain('hunter2');
  });

  test('has the summary as a section, readable without Markdown', async () => {
    const { host, stdout } = await gitlab();
    await host.summary(
      '## Done\n\n| step | time |\n| --- | --- |\n| **deploy** | `1.2 s` |\n| \\_x\\_ &lt;b&gt; | @&#8203;a |\n',
    );
    expect(stdout()).toContain('Done\n\n  step     time\n  deploy   1.2 s\n  _x_ <b>  @a\n');
  });

  test('leaves the charts out, for a table beside each says the same', async () => {
    const { host, stdout } = await gitlab();
    await host.summary('## Done\n\n```mermaid\ngantt\n  a :done, 1, 2\n```\n\nThe end.\n');
    expect(stdout()).toContain('Done\n\nThe end.\n');
  });
});

describe('inputs on GitLab', () => {
  test('that are booleans with their default were not given: they may come from the component', async () => {
    const { host } = await gitlab({ CUTOVER_DRY_RUN: 'false', CUTOVER_STRICT_GATES: 'true', CUTOVER_BAKE: '1m' });
    expect(host.inputs).toEqual({ 'strict-gates': 'true', bake: '1m' });
  });
});

describe('outputs on GitLab', () => {
  test('are a dotenv file that later jobs get, without what would break it', async () => {
    const { host } = await gitlab();
    await host.output('result', 'succeeded');
    await host.output('rollback-command', 'kubectl -n shop patch');
    await host.output('switched-at', '2026-11-20T20:00:00.000Z');
    await host.output('result', 'degraded');
    expect(await readFile(join(workspace, 'cutover.env'), 'utf8')).toBe(
      'CUTOVER_OUTPUT_RESULT=degraded\nCUTOVER_OUTPUT_SWITCHED_AT=2026-11-20T20:00:00.000Z\n',
    );
  });

  test('keep to the limits of GitLab, and say what they leave out', () => {
    const outputs = new Dotenv();
    expect(outputs.set('big', 'x'.repeat(6_000))).toBe('a dotenv report has at most 5 KB');
    expect(outputs.set('lines', 'a\nLIVE=evil')).toMatch(/no spaces and line ends/);
    for (let n = 0; n < 20; n++) expect(outputs.set(`n${n}`, String(n))).toBeUndefined();
    expect(outputs.set('more', '1')).toBe('a dotenv report has at most 20 variables');
    expect(outputs.set('n3', 'again')).toBeUndefined();
    expect(outputs.text().split('\n')).toHaveLength(21);
  });
});

describe('what the after_script of a job has to know', () => {
  const job = (id: string) => gitlab({ CI_JOB_ID: id });

  test('is kept beside the checkout, for that job alone', async () => {
    (await job('8')).host.state?.save('cutover-started', 'true');
    (await job('8')).host.state?.save('cutover-finished', 'true');
    const read = async (id: string) => (await job(id)).host.state?.read('cutover-finished');
    expect([await read('8'), await read('9')]).toEqual(['true', undefined]);
    expect((await job('8')).host.state?.read('cutover-started')).toBe('true');
    (await job('9')).host.state?.save('cutover-started', 'true');
    expect([await read('8'), await read('9')]).toEqual([undefined, undefined]);
  });

  test('is nothing where half a file is left, or there is no job', async () => {
    await writeFile(join(workspace, '.cutover-job.json'), '{"job":"8","val');
    expect((await job('8')).host.state?.read('cutover-started')).toBeUndefined();
    expect((await gitlab()).host.state).toBeUndefined();
  });

  test('is a warning where it cannot be written', async () => {
    const { world, stdout } = worldOf({ GITLAB_CI: 'true', CI_JOB_ID: '8' }, { workspace: join(workspace, 'gone') });
    const { state } = await pickHost(world, stillClock());
    state?.save('a', '1');
    state?.save('b', '2');
    expect(stdout().match(/WARNING: What the after_script should know could not be written/g)).toHaveLength(1);
    expect(state?.read('a')).toBe('1');
  });
});

test('a run on GitLab is known by pipeline and job, who started it, and its link', async () => {
  const { host } = await gitlab({
    CI_PIPELINE_ID: '5',
    CI_JOB_ID: '8',
    CI_JOB_URL: 'https://gitlab.example/-/jobs/8',
    GITLAB_USER_LOGIN: 'ann',
  });
  expect(host.run).toEqual({ id: 'gitlab-5-8', actor: 'ann', link: 'https://gitlab.example/-/jobs/8' });
});
