import { describe, expect, test } from '@jest/globals';
import type { CheckReport, VerdictName } from '../../../src/release/model.js';
import { requirePasses } from '../../../src/release/steps/verify.js';
import { emptyLedger, type Walk } from '../../../src/release/walk.js';

const report = (name: string, verdict: VerdictName, over: Partial<CheckReport> = {}): CheckReport => ({
  name,
  kind: 'http',
  target: 'shop',
  step: 'verify',
  slot: 'shop-green',
  verdict,
  reason: `it is ${verdict}`,
  attempts: 1,
  durationMs: 1,
  ...over,
});

/** As much of a walk as verdicts need. */
function walkOf() {
  const said: string[] = [];
  const say = (text: string) => void said.push(text);
  const ledger = emptyLedger();
  const walk = { ledger, ports: { log: { info: say, warning: say } } } as unknown as Walk;
  return { walk, ledger, said };
}

const judge = (...reports: readonly CheckReport[]) => requirePasses(walkOf().walk, 'verify', reports);
const held = (name: string) => report(name, 'unknown', { holds: true });

describe('the verdicts of a list', () => {
  test('pass together when each passed, or may be unknown', () => {
    expect(judge(report('a', 'pass'), report('b', 'pass'))).toBe('2 checks passed');
    expect(judge(report('a', 'pass'), report('b', 'unknown', { tolerated: true }))).toBe('1 check passed, 1 not known');
  });

  test('name what failed before what was stopped because of it', () => {
    expect(() => judge(report('stopped', 'unknown'), report('bad', 'fail'))).toThrow(
      '2 of 2 checks did not pass during verify: bad: it is fail',
    );
  });

  test('are held only when nothing is wrong but what a person is to look at', () => {
    const code = (...reports: CheckReport[]) => {
      try {
        return judge(...reports);
      } catch (thrown) {
        return (thrown as { code: string }).code;
      }
    };
    expect(code(held('a'), report('b', 'pass'))).toBe('CHECKS_HELD');
    expect(code(held('a'), report('b', 'unknown'))).toBe('CHECKS_FAILED');
    expect(code(held('a'), report('b', 'fail'))).toBe('CHECKS_FAILED');
  });

  test('are named once, also when the reason begins with what the check does', () => {
    const { walk, said } = walkOf();
    const smoke = report('./smoke.sh', 'fail', { reason: './smoke.sh ended with exit code 3 after 2 s: no cart' });
    expect(() => requirePasses(walk, 'verify', [smoke])).toThrow(
      '1 of 1 checks did not pass during verify: ./smoke.sh ended with exit code 3 after 2 s: no cart',
    );
    expect(said).toContain('  fail: ./smoke.sh ended with exit code 3 after 2 s: no cart');
  });

  test('are told once each, as they were the last time', () => {
    const { walk, ledger, said } = walkOf();
    requirePasses(walk, 'verify', [report('a', 'unknown', { tolerated: true }), report('b', 'pass')]);
    requirePasses(walk, 'verify', [report('a', 'pass'), report('b', 'pass')]);
    expect(ledger.checks.map(({ name, verdict }) => [name, verdict])).toEqual([
      ['a', 'pass'],
      ['b', 'pass'],
    ]);
    expect(said).toContain('  unknown: a: it is unknown');
  });
});
