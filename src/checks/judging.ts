/** Looks again and again until what is seen may be judged, for checks that read numbers of others. */
import type { CheckResult, CheckTools } from './port.js';

/** How often it may be what, and how long is waited between. */
export interface Patience {
  readonly interval: number;
  /** Looks in a row that have to keep the limits. */
  readonly passes: number;
  /** So many that do not are borne. */
  readonly failures: number;
  /** So many without a number are borne. */
  readonly unknowns: number;
}

/** What one look saw: why there is no number, or whether the limits are kept, with a whole sentence on it. */
export type Look = { readonly problem: string } | { readonly holds: boolean; readonly text: string };

/** What is not known is never a yes (P14). `told` says in logs what is looked at. */
export async function untilJudged(
  { failures, interval, passes, unknowns }: Patience,
  told: string,
  look: () => Promise<Look>,
  { clock, log }: CheckTools,
  signal: AbortSignal,
): Promise<CheckResult> {
  let [passed, failed, unknown] = [0, 0, 0];
  for (let attempts = 1; ; attempts++) {
    const seen = await look();
    if ('problem' in seen) {
      log.debug(`${told}, attempt ${attempts}: ${seen.problem}`);
      passed = 0;
      if (++unknown > unknowns) return { verdict: 'unknown', reason: `${told}: ${seen.problem}.`, attempts };
    } else if (seen.holds) {
      if (++passed === passes) return { verdict: 'pass', reason: seen.text, attempts };
    } else {
      passed = 0;
      if (++failed > failures) return { verdict: 'fail', reason: seen.text, attempts };
    }
    await clock.sleep(interval, signal);
  }
}
