/** Checks against green, in private, before any user sees it. */

import type { LoadCheckConfig } from '../../config/schema.js';
import { failure } from '../../failures.js';
import { count } from '../../lib/units.js';
import type { CheckReport, StepName } from '../model.js';
import { everyLeg, type Leg, type Walk } from '../walk.js';

export async function verify(walk: Walk, signal: AbortSignal): Promise<string> {
  if (walk.config.verify.length === 0) return 'no checks are configured';
  const reports = (await everyLeg(walk, leg => verifyLeg(walk, leg, signal))).flat();
  return requirePasses(walk, 'verify', reports);
}

async function verifyLeg(walk: Walk, { config, plan }: Leg, signal: AbortSignal): Promise<readonly CheckReport[]> {
  const { platform, check } = walk.ports;
  await using green = await platform.preview(config, plan.green, signal);
  await using blue = needsBlue(walk) && plan.blue ? await blueOrNothing(walk, { config, plan }, signal) : undefined;
  const environment = {
    GREEN_URL: green.url,
    ...(blue ? { BLUE_URL: blue.url } : {}),
    ...(config['live-url'] ? { LIVE_URL: config['live-url'] } : {}),
  };
  walk.ports.log.info(`${plan.target}: checking ${green.description}.`);
  const { version, green: slot } = plan;
  // Awaited here: the tunnels close when this returns.
  return await check(
    { step: 'verify', target: config, slot, version, url: green.url, environment, checks: walk.config.verify },
    signal,
  );
}

/** Commands may compare green with blue, and so do loads with such a limit. */
function needsBlue(walk: Walk): boolean {
  return walk.config.verify.some(check => 'command' in check || ('load' in check && comparesWithBlue(check.load)));
}

function comparesWithBlue({ errors, p50, p95, p99, throughput }: LoadCheckConfig): boolean {
  return [errors, p50, p95, p99, throughput].some(limit => limit?.unit === 'x blue');
}

/** Blue may be broken: the release may be the fix, so a missing BLUE_URL is said and does not stop it. */
async function blueOrNothing(walk: Walk, { config, plan }: Leg, signal: AbortSignal) {
  try {
    return await walk.ports.platform.preview(config, plan.blue ?? '', signal);
  } catch (thrown) {
    signal.throwIfAborted();
    walk.ports.log.warning(`Blue cannot be compared with: ${thrown instanceof Error ? thrown.message : thrown}`);
    return undefined;
  }
}

/** Records the reports and throws CHECKS_FAILED unless every verdict is pass, or is unknown and may be (P14). */
export function requirePasses(walk: Walk, step: StepName, reports: readonly CheckReport[]): string {
  for (const report of reports) keepLatest(walk.ledger.checks, report);
  for (const report of reports) {
    walk.ports.log[report.verdict === 'pass' ? 'info' : 'warning'](
      `  ${report.verdict}: ${report.name}: ${report.reason}`,
    );
  }
  const failed = reports.filter(report => report.verdict !== 'pass' && !report.tolerated);
  const first = failed[0];
  if (first) {
    const facts = { step, failed: failed.length, total: reports.length, first: `${first.name}: ${first.reason}` };
    throw failure('CHECKS_FAILED', facts);
  }
  const passed = reports.filter(report => report.verdict === 'pass').length;
  const unknown = reports.length - passed;
  return `${count(passed, 'check')} passed${unknown > 0 ? `, ${unknown} not known` : ''}`;
}

/** A check that is made again and again, as during the bake, is told once: as it was the last time. */
function keepLatest(reports: CheckReport[], report: CheckReport): void {
  const same = (other: CheckReport) =>
    other.step === report.step && other.target === report.target && other.name === report.name;
  const index = reports.findIndex(same);
  if (index < 0) reports.push(report);
  else reports[index] = report;
}
