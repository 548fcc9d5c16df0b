import { spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import type { CheckReport } from '../../src/release/model.js';
import { junitXml } from '../../src/report/junit.js';
import { invalid, rolledBack, succeeded } from './outcomes.js';

const check = succeeded.checks[0] as CheckReport;
const withCheck = (over: Partial<CheckReport>) => junitXml({ ...succeeded, checks: [{ ...check, ...over }] });
/** A parser that somebody else wrote. */
const READ = 'import sys, xml.dom.minidom as m; m.parseString(sys.stdin.buffer.read())';
const hasPython = spawnSync('python3', ['--version']).error === undefined;

describe('junit.xml', () => {
  test('has each step and each check as a test', () => {
    const xml = junitXml(succeeded);
    expect(xml).toMatch(
      /^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites name="cutover shop" tests="4" failures="0" errors="0" time="80.000">/,
    );
    expect(xml).toContain('<testsuite name="steps" tests="3" failures="0" errors="0" skipped="0"');
    expect(xml).toContain('<testcase classname="cutover.steps" name="switch" time="1.200"/>');
    expect(xml).toContain('<testcase classname="cutover.shop.verify" name="health (http)" time="0.005"/>');
  });

  test('says what failed and why', () => {
    const xml = junitXml(rolledBack);
    expect(xml).toContain('tests="6" failures="2" errors="0"');
    expect(xml).toContain('<failure message="GET /: expected status 200, got 500."/>');
    expect(xml).toContain('<failure message="1 of 2 checks did not pass"/>');
  });

  test('tells what could not be checked from what failed', () => {
    expect(withCheck({ verdict: 'unknown', reason: 'no route' })).toContain('<error message="no route"/>');
    expect(withCheck({ verdict: 'unknown', reason: 'no route', tolerated: true })).toContain(
      '<skipped message="no route"/>',
    );
  });

  const bad = 'a < b & "c" > \u0000\u001b[31m\ud800\uffff ]]> \n::error::x';
  (hasPython ? test : test.skip).each([
    ['a success', junitXml(succeeded)],
    ['a rollback', junitXml(rolledBack)],
    ['a run that never began', junitXml(invalid)],
    ['whatever a service says', withCheck({ verdict: 'fail', name: bad, reason: bad, target: bad })],
  ])('of %s is read by another parser (skipped where there is no python3)', (_name, xml) => {
    const read = spawnSync('python3', ['-c', READ], { input: xml, encoding: 'utf8' });
    expect(read.stderr).toBe('');
    expect(read.status).toBe(0);
  });

  test('carries no character and no element of others', () => {
    const xml = withCheck({ verdict: 'fail', name: bad, reason: bad });
    expect(xml).toContain('a &lt; b &amp; &quot;c&quot; &gt;');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(xml).not.toMatch(/[\u0000-\u0008\u000b-\u001f\ud800\uffff]/);
  });
});
