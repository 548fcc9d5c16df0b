import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { validateXML } from 'xmllint-wasm';
import type { CheckReport } from '../../src/release/model.js';
import { junitXml } from '../../src/report/junit.js';
import { invalid, rolledBack, succeeded } from './outcomes.js';

const check = succeeded.checks[0] as CheckReport;
const withCheck = (over: Partial<CheckReport>) => junitXml({ ...succeeded, checks: [{ ...check, ...over }] });
const schemaOf = (name: string) => readFileSync(new URL(`junit-schema/${name}.xsd`, import.meta.url), 'utf8');
const SCHEMAS = [schemaOf('ant-junit'), schemaOf('jenkins-junit')];
const CASES: CheckReport['cases'] = [
  { name: 'pays', group: 'basket', outcome: 'failed', message: 'expected 1, got 2', durationMs: 12 },
  { name: 'sends', group: '', outcome: 'skipped', message: '', durationMs: 0 },
];

describe('junit.xml', () => {
  test('has each step and each check as a test', () => {
    const xml = junitXml(succeeded);
    expect(xml).toMatch(/^<\?xml version="1.0" encoding="UTF-8"\?>\n<testsuites>\n/);
    const counts = 'tests="3" failures="0" errors="0" skipped="0" time="2.440" timestamp="2026-11-20T20:00:00"';
    expect(xml).toContain(`<testsuite name="steps" package="cutover shop" id="0" hostname="localhost" ${counts}>`);
    expect(xml).toContain('<property name="version" value="v2"/>');
    expect(xml).toContain('<system-out>shop: shop-green (v2) is live instead of shop-blue (v1), after 1 min 20 s.');
    expect(xml).toContain('<testcase classname="cutover.steps" name="switch" time="1.200"/>');
    expect(xml).toContain('<testcase classname="cutover.shop.verify" name="health (http)" time="0.005"/>');
  });

  test('says what failed and why', () => {
    const xml = junitXml(rolledBack);
    expect(xml).toContain('tests="4" failures="1" errors="0"');
    expect(xml).toContain('tests="2" failures="1" errors="0"');
    expect(xml).toContain('<failure type="http" message="GET /: expected status 200, got 500."/>');
    expect(xml).toContain('<failure type="CHECKS_FAILED" message="1 of 2 checks did not pass"/>');
  });

  test('tells what could not be checked from what failed', () => {
    expect(withCheck({ verdict: 'unknown', reason: 'no route' })).toContain('<error type="http" message="no route"/>');
    expect(withCheck({ verdict: 'unknown', reason: 'no route', tolerated: true })).toContain(
      '<skipped type="http" message="no route"/>',
    );
  });

  const bad = 'a < b & "c" > \u0000\u001b[31m\ud800\uffff ]]> \n::error::x';
  test.each([
    ['a success', junitXml(succeeded)],
    ['a rollback', junitXml(rolledBack)],
    ['a run that never began', junitXml(invalid)],
    ['a check that may be unknown', withCheck({ verdict: 'unknown', tolerated: true })],
    ['a command with tests of its own', withCheck({ kind: 'command', cases: CASES })],
    ['whatever a service says', withCheck({ verdict: 'fail', name: bad, reason: bad, target: bad, kind: bad })],
    ['the longest texts', withCheck({ verdict: 'fail', name: 'x'.repeat(5_000), reason: bad.repeat(500) })],
  ])('of %s is valid by the schemas of Ant and of Jenkins', async (_name, xml) => {
    for (const schema of SCHEMAS) {
      const { valid, rawOutput } = await validateXML({ xml: [{ fileName: 'junit.xml', contents: xml }], schema });
      expect(rawOutput).toBe('junit.xml validates\n');
      expect(valid).toBe(true);
    }
  });

  test('is found to be invalid by them when it is', async () => {
    for (const schema of SCHEMAS) {
      const xml = junitXml(succeeded).replace('tests="3"', '');
      expect((await validateXML({ xml: [{ fileName: 'junit.xml', contents: xml }], schema })).valid).toBe(false);
    }
  });

  test('carries no character and no element of others', () => {
    const xml = withCheck({ verdict: 'fail', name: bad, reason: bad });
    expect(xml).toContain('a &lt; b &amp; &quot;c&quot; &gt;');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    expect(xml).not.toMatch(/[\u0000-\u0008\u000b-\u001f\ud800\uffff]/);
  });
});
