/** The order in which checks, and the tests that commands reported of themselves, are shown. */
import type { CheckCase, CheckReport } from '../release/model.js';

/** A check, or one of the tests that it reported of itself. */
export interface CheckRow {
  readonly check: CheckReport;
  readonly test?: CheckCase;
}

/** What did not pass, with its tests that failed; then what passed; then all the other tests. */
export function checkRows(checks: readonly CheckReport[]): readonly CheckRow[] {
  const tests = (check: CheckReport, failed: boolean) =>
    (check.cases ?? []).filter(({ outcome }) => (outcome === 'failed') === failed).map(test => ({ check, test }));
  return [
    ...checks.filter(({ verdict }) => verdict !== 'pass').flatMap(check => [{ check }, ...tests(check, true)]),
    ...checks.filter(({ verdict }) => verdict === 'pass').map(check => ({ check })),
    ...checks.flatMap(check => tests(check, false)),
  ];
}
