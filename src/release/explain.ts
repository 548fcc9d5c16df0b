/** What the platform has to say about a green that did not come up, asked before it is taken away. */
import { asFailure, type Failure, reportFailure } from '../failures.js';
import { within } from './deadline.js';
import type { FailureReport, StepName } from './model.js';
import type { Walk } from './walk.js';

/** Failures that come from instances that are not ready. */
const UNREADY: readonly string[] = ['NOT_READY', 'HOPELESS'];
/** Nothing is live on green: a few seconds for an explanation cost nobody anything. */
const EXPLAIN_MS = 10_000;

/** The failure as a report, with the platform's own words. That they could not be had is told among them. */
export async function explained(walk: Walk, failed: Failure, step: StepName): Promise<FailureReport> {
  const report = reportFailure(failed, step);
  const { platform, clock, last, log } = walk.ports;
  if (!UNREADY.includes(failed.code) || !platform.explain) return report;
  const details: string[] = [];
  for (const { config, plan } of walk.legs) {
    const doing = () => `asking why ${plan.green} is not ready`;
    const ask = async (signal: AbortSignal) => (await platform.explain?.(config, plan.green, signal)) ?? [];
    try {
      details.push(...(await within(clock, EXPLAIN_MS, last, doing, ask)));
    } catch (thrown) {
      details.push(`Why ${plan.green} is not ready could not be asked: ${asFailure(thrown).message}`);
    }
  }
  for (const line of details) log.info(`  ${line}`);
  return { ...report, details: [...report.details, ...details] };
}
