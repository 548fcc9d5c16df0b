import { describe, expect, test } from '@jest/globals';
import type { CheckCase, CheckReport } from '../../src/release/model.js';
import { junitXml } from '../../src/report/junit.js';
import { resultJson } from '../../src/report/result.js';
import { resultSchema } from '../../src/report/result-schema.js';
import { checksSection } from '../../src/report/sections/checks.js';
import { succeeded } from './outcomes.js';

const check = succeeded.checks[0] as CheckReport;
const own = (name: string, outcome: CheckCase['outcome'], message = ''): CheckCase => ({
  name,
  group: 'cart',
  outcome,
  message,
  durationMs: 250,
});
const smoke = {
  ...check,
  name: 'smoke',
  kind: 'command',
  verdict: 'fail' as const,
  cases: [own('login', 'failed', 'expected <3> | `got` 4'), own('adds up', 'passed'), own('pays', 'skipped')],
};
const outcome = { ...succeeded, checks: [check, smoke] };

describe('the tests that a command reports of itself', () => {
  test('are tests of junit.xml, below the name of their check', () => {
    const xml = junitXml(outcome);
    expect(xml).toMatch(/<testsuite name="checks" .* tests="5" failures="2" errors="0" skipped="1"/);
    expect(xml).toContain(
      '<testcase classname="cutover.shop.verify.smoke.cart" name="login" time="0.250">\n' +
        '      <failure type="command" message="expected &lt;3&gt; | `got` 4"/>',
    );
    expect(xml).toContain('<testcase classname="cutover.shop.verify.smoke.cart" name="adds up" time="0.250"/>');
  });

  test('are rows of the summary, those that failed right below their check, and inert (P16)', () => {
    const rows = checksSection(outcome, { rows: 50 }).split('\n').slice(4);
    expect(rows.map(row => row.split('|')[2]?.trim())).toEqual([
      '`smoke`',
      '↳ `cart: login`',
      '`health`',
      '↳ `cart: adds up`',
      '↳ `cart: pays`',
    ]);
    expect(rows[1]).toContain('expected &lt;3> &#124; \\`got\\` 4');
    expect(checksSection(outcome, { rows: 2 })).toMatch(/and 3 more$/);
  });

  test('are in result.json, which keeps its shape', () => {
    const document = resultSchema.parse(resultJson(outcome));
    expect(document.checks.map(({ cases }) => cases.length)).toEqual([0, 3]);
    expect(resultSchema.parse(resultJson({ ...outcome, checks: [{ ...smoke, holds: true }] })).checks[0]?.holds).toBe(
      true,
    );
  });
});
