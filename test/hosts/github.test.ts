import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { pickHost } from '../../src/hosts/index.js';
import { stillClock, worldOf } from './world.js';

const FILES = ['GITHUB_OUTPUT', 'GITHUB_STATE', 'GITHUB_STEP_SUMMARY'] as const;
let folder: string;
const before: Record<string, string | undefined> = {};

// @actions/core reads the environment of its process, and keeps the summary's path.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'github-'));
  for (const name of FILES) {
    before[name] = process.env[name];
    process.env[name] = join(folder, name);
  }
  await empty();
});
afterEach(empty);
afterAll(async () => {
  for (const name of FILES) {
    if (before[name] === undefined) delete process.env[name];
    else process.env[name] = before[name];
  }
  await rm(folder, { recursive: true });
});

async function empty() {
  for (const name of FILES) await writeFile(join(folder, name), '');
}
const file = (name: (typeof FILES)[number]) => readFile(join(folder, name), 'utf8');

async function github(environment: Record<string, string> = {}) {
  const files = Object.fromEntries(FILES.map(name => [name, join(folder, name)]));
  const written = worldOf({ GITHUB_ACTIONS: 'true', ...files, ...environment });
  const clock = stillClock();
  return { host: await pickHost(written.world, clock), clock, ...written };
}

describe('the log on GitHub', () => {
  test('has lines, groups and annotations as workflow commands', async () => {
    const { host, stdout } = await github();
    const end = host.log.group('deploy: shop-green');
    host.log.info('created Deployment');
    end();
    end();
    host.log.warning('100 % of it\nis late');
    host.log.error('broken');
    host.fail('shop was not released.');
    expect(stdout().split('\n')).toEqual([
      '::group::deploy: shop-green',
      'created Deployment',
      '::endgroup::',
      '::warning::100 %25 of it%0Ais late',
      '::error::broken',
      '::error::shop was not released.',
      '',
    ]);
  });

  test('shows a group inside of a group as a line, since groups do not nest', async () => {
    const { host, stdout } = await github();
    const outer = host.log.group('outer');
    const inner = host.log.group('inner');
    inner();
    outer();
    expect(stdout()).toBe('::group::outer\ninner\n::endgroup::\n');
  });

  test('obeys no text that came from somewhere else', async () => {
    const { host, stdout } = await github();
    host.log.info('pod says:\n::error::gotcha\n##[group]x\u001b[31m');
    host.log.group('::stop-commands::x')();
    host.log.warning('a\r\n::add-mask::b');
    expect(stdout().split('\n')).toEqual([
      'pod says:',
      ': :error::gotcha',
      '# #[group]x',
      '::group::: :stop-commands::x',
      '::endgroup::',
      '::warning::a%0A: :add-mask::b',
      '',
    ]);
  });

  test('says what is waited for when it changed, at most every ten seconds', async () => {
    const { host, stdout, clock } = await github();
    host.log.waiting('1/3 ready');
    clock.move(9_000);
    host.log.waiting('2/3 ready');
    clock.move(1_000);
    host.log.waiting('1/3 ready');
    host.log.waiting('3/3 ready');
    clock.move(20_000);
    host.log.waiting('3/3 ready');
    expect(stdout()).toBe('1/3 ready\n3/3 ready\n');
  });

  test('has debug lines only when they were asked for', async () => {
    const said = async (environment: Record<string, string>) => {
      const { host, stdout } = await github(environment);
      host.log.debug('details');
      return stdout();
    };
    expect(await said({})).toBe('');
    expect(await said({ RUNNER_DEBUG: '1' })).toBe('::debug::details\n');
    expect(await said({ ACTIONS_STEP_DEBUG: 'true' })).toBe('::debug::details\n');
    expect(await said({ CUTOVER_DEBUG: '1' })).toBe('debug: details\n');
  });

  test('cuts an annotation where GitHub would, with a mark', async () => {
    const { host, stdout } = await github();
    host.fail('x'.repeat(10_000));
    expect(stdout()).toMatch(/^::error::x{3999}…\n$/);
  });
});

describe('a secret on GitHub', () => {
  test('is told to the runner line by line, and masked by us as well', async () => {
    const { host, stdout } = await github();
    host.mask('first-line\nabc\n-----BEGIN KEY-----\nsecond-line');
    host.mask('');
    host.log.info(`got first-line and ${Buffer.from('second-line').toString('base64')}`);
    host.log.warning('sec\u001b[0mond-line');
    expect(stdout()).toContain('::add-mask::first-line\n');
    expect(stdout()).toContain('::add-mask::second-line\n');
    expect(stdout()).not.toMatch(/add-mask::(abc|-----|\n)/);
    expect(stdout()).toMatch(/got \*\*\* and \*\*\*\n::warning::\*\*\*\n$/);
    expect(host.redact('a first-line')).toBe('a ***');
  });

  test('reaches no output and no summary', async () => {
    const { host } = await github();
    host.mask('hunter2!');
    await host.output('report', 'it is hunter2!');
    await host.summary('# it is hunter2!');
    expect(await file('GITHUB_OUTPUT')).toMatch(/it is \*\*\*/);
    expect(await file('GITHUB_STEP_SUMMARY')).toBe('# it is ***');
  });
});

describe('what outlives the step on GitHub', () => {
  test('an output goes to its file under a delimiter that nobody can guess', async () => {
    const { host } = await github();
    await host.output('evidence', 'one\nEOF\nlive=evil');
    expect(await file('GITHUB_OUTPUT')).toMatch(/^evidence<<(ghadelimiter_[-0-9a-f]{36})\none\nEOF\nlive=evil\n\1\n$/);
  });

  test('state is saved for the post step, which reads it', async () => {
    const { host } = await github({ 'STATE_cutover-started': 'true', STATE_none: '' });
    host.state?.save('cutover-finished', 'true');
    expect(await file('GITHUB_STATE')).toMatch(/^cutover-finished<<ghadelimiter_.+\ntrue\n/);
    expect(host.state?.read('cutover-started')).toBe('true');
    expect(host.state?.read('none')).toBeUndefined();
  });

  test('a summary is appended, and cut between lines before GitHub would drop it', async () => {
    const { host } = await github();
    await host.summary('first\n');
    await host.summary(`${'a line of the summary\n'.repeat(60_000)}the end`);
    const text = await file('GITHUB_STEP_SUMMARY');
    expect(text.startsWith('first\na line of the summary\n')).toBe(true);
    expect(Buffer.byteLength(text)).toBeLessThan(1_048_576);
    expect(text.trimEnd().endsWith('_The summary was cut here: GitHub shows at most 1 MiB._')).toBe(true);
  });

  test('a server without summaries gets it in the log', async () => {
    const { host, stdout } = await github({ GITHUB_STEP_SUMMARY: '' });
    await host.summary('## **done**');
    expect(stdout()).toBe('done\n');
  });
});

test('a run on GitHub is known by its number and attempt, who started it, and its link', async () => {
  const { host } = await github({
    GITHUB_SERVER_URL: 'https://github.example',
    GITHUB_REPOSITORY: 'shop/web',
    GITHUB_RUN_ID: '77',
    GITHUB_RUN_ATTEMPT: '2',
    GITHUB_ACTOR: 'ann',
    GITHUB_TRIGGERING_ACTOR: 'bob',
  });
  const link = 'https://github.example/shop/web/actions/runs/77/attempts/2';
  expect(host.run).toEqual({ id: 'github-77-2', actor: 'bob', link });
});
