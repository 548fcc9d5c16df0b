import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { inspect } from '../../src/checks/index.js';
import { parseTests } from '../../src/checks/junit-report.js';
import { checkOf, subjectAt, toolsFor } from './subject.js';

let workspace = '';
beforeEach(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'junit-'));
});
afterEach(() => rm(workspace, { recursive: true }));

const never = new AbortController().signal;

/** Runs a command that writes these files and ends with an exit code. */
async function run(files: Readonly<Record<string, string>>, exitCode = 0, junit = '*.xml') {
  const made = Object.entries(files).map(([name, text]) => `cat > ${name} <<'END'\n${text}\nEND\n`);
  const { tools } = toolsFor(workspace, { PATH: process.env.PATH });
  const command = { run: `${made.join('')}exit ${exitCode}`, shell: true, junit };
  return inspect(checkOf({ command }), subjectAt('http://green'), tools, never);
}

const suite = (...cases: string[]) => `<testsuites><testsuite name="shop">${cases.join('')}</testsuite></testsuites>`;
const good = '<testcase name="adds up" classname="cart" time="0.25"/>';
const bad = '<testcase name="login" classname="auth"><failure message="expected 3, got 4">at x</failure></testcase>';
const away = '<testcase name="pays" classname="cart"><skipped/></testcase>';

describe('a command that reports its own tests', () => {
  test('passes with them, and tells each', async () => {
    const result = await run({ 'a.xml': suite(good, away), 'b.xml': suite(good) });
    expect(result.verdict).toBe('pass');
    expect(result.reason).toMatch(/; 2 tests passed, 1 skipped\.$/);
    expect(result.cases).toEqual([
      { name: 'pays', group: 'cart', outcome: 'skipped', message: '', durationMs: 0 },
      { name: 'adds up', group: 'cart', outcome: 'passed', message: '', durationMs: 250 },
      { name: 'adds up', group: 'cart', outcome: 'passed', message: '', durationMs: 250 },
    ]);
  });

  test.each([0, 1])('fails with one of them, whatever its exit code (%d), and names it', async exitCode => {
    const result = await run({ 'a.xml': suite(good, bad) }, exitCode);
    expect(result.verdict).toBe('fail');
    expect(result.reason).toMatch(/; 1 of 2 tests failed: login: expected 3, got 4$/);
    expect(result.cases?.[0]).toMatchObject({ name: 'login', outcome: 'failed' });
  });

  test('that ended badly is a failure, whatever its report says', async () => {
    expect(await run({ 'a.xml': suite(good) }, 3)).toMatchObject({ verdict: 'fail' });
    expect(await run({}, 3, 'none.xml')).toMatchObject({ verdict: 'fail' });
  });

  test.each<[string, Record<string, string>, string]>([
    ['no report', {}, 'but it wrote no file *.xml.'],
    ['a report that was cut off', { 'a.xml': `<testsuite>${good}` }, 'but a.xml cannot be read: '],
    ['a page', { 'a.xml': 'not found' }, 'but a.xml cannot be read: '],
    ['a report without a test', { 'a.xml': suite() }, 'but no test is named in what it reported.'],
    ['tests that were all skipped', { 'a.xml': suite(away) }, 'but no test of its 1 was run.'],
  ])('is unknown with %s (P14)', async (_name, files, words) => {
    const result = await run(files);
    expect(result.verdict).toBe('unknown');
    expect(result.reason).toContain(words);
  });

  test('is not believed for what an earlier run left (P14)', async () => {
    const left = join(workspace, 'a.xml');
    await writeFile(left, suite(good));
    await utimes(left, new Date(), new Date(Date.now() - 60_000));
    const result = await run({});
    expect(result.verdict).toBe('unknown');
    expect(result.reason).toContain('it wrote no file *.xml; what bears that name was there before it began.');
  });

  test('keeps what failed when it reports more than anybody reads', async () => {
    const result = await run({ 'a.xml': suite(...Array.from({ length: 300 }, () => good), bad) });
    expect(result.cases).toHaveLength(200);
    expect(result.cases?.[0]).toMatchObject({ outcome: 'failed' });
    expect(result.reason).toContain('1 of 301 tests failed');
  });
});

describe('JUnit XML as tools write it', () => {
  test.each([
    ['a lone suite', `<testsuite>${good}</testsuite>`, [['adds up', 'passed', '']]],
    [
      'suites in suites',
      `<testsuites><testsuite><testsuite>${bad}</testsuite></testsuite></testsuites>`,
      [['login', 'failed', 'expected 3, got 4']],
    ],
    [
      'an error with a trace alone',
      '<testsuite><testcase name="x"><error><![CDATA[boom\n at y]]></error></testcase></testsuite>',
      [['x', 'failed', 'boom at y']],
    ],
    [
      'a repetition that went well',
      '<testsuite><testcase name="x"><flakyFailure message="once"/></testcase></testsuite>',
      [['x', 'passed', '']],
    ],
    [
      'output beside it',
      '<testsuite><testcase name="x"><system-out>failure</system-out></testcase></testsuite>',
      [['x', 'passed', '']],
    ],
  ])('%s', async (_name, xml, wanted) => {
    const read = await parseTests(xml);
    expect('cases' in read && read.cases.map(({ name, outcome, message }) => [name, outcome, message])).toEqual(wanted);
  });

  test('is inert, and entities of its own are not expanded (P16)', async () => {
    const sly =
      '<testsuite><testcase name="&#27;[31m::error::x&#10;y"><failure message="&lt;b&gt;"/></testcase></testsuite>';
    const read = await parseTests(sly);
    expect(read).toMatchObject({ cases: [{ name: '[31m::error::x y', message: '<b>' }] });
    const bomb = '<!DOCTYPE a [<!ENTITY b "bb">]><testsuite><testcase name="&b;"/></testsuite>';
    expect(await parseTests(bomb)).toHaveProperty('problem');
  });
});
