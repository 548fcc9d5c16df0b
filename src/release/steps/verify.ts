/** Checks against green, in private, before any user sees it. */

import type { CheckConfig } from '../../config/schema.js';
import { failure } from '../../failures.js';
import { comparesWithBlue } from '../../lib/limits.js';
import { count } from '../../lib/units.js';
import { heldBy } from '../fence.js';
import type { CheckReport, StepName, TargetPlan } from '../model.js';
import { everyLeg, type Leg, type Walk } from '../walk.js';

export async function verify(walk: Walk, signal: AbortSignal): Promise<string> {
  if (walk.config.verify.length === 0) return 'no checks are configured';
  const reports = (await everyLeg(walk, leg => verifyLeg(walk, leg, signal))).flat();
  return requirePasses(walk, 'verify', reports);
}

async function verifyLeg(walk: Walk, { config, plan }: Leg, signal: AbortSignal): Promise<readonly CheckReport[]> {
  const { platform, check } = walk.ports;
  const { verify: checks } = walk.config;
  await using green = await platform.preview(config, plan.green, signal, heldBy(walk));
  await using blue = needsBlue(checks) ? await blueOrNothing(walk, { config, plan }, signal) : undefined;
  const environment = {
    GREEN_URL: green.url,
    ...(blue ? { BLUE_URL: blue.url } : {}),
    ...(config['live-url'] ? { LIVE_URL: config['live-url'] } : {}),
  };
  walk.ports.log.info(`${plan.target}: checking ${green.description}.`);
  const subject = { slot: plan.green, version: plan.version, blue: blueOf(plan), url: green.url, environment };
  // Awaited here: the tunnels close when this returns.
  return await check({ step: 'verify', target: config, ...subject, checks, ...mannerOf(walk) }, signal);
}

/** Commands may compare with blue, and so do loads with such a limit: they have to reach it. */
export function needsBlue(checks: readonly CheckConfig[]): boolean {
  return checks.some(check => 'command' in check || ('load' in check && comparesWithBlue(check.load)));
}

/** How checks are made, wherever they stand; what each found is known even if the time of the step ends before the last. */
export function mannerOf({ config, ledger }: Walk) {
  const onStopped = (reports: readonly CheckReport[]) => {
    for (const report of reports) keepLatest(ledger.checks, report);
  };
  return { parallel: config.checks.parallel, failFast: config.checks['fail-fast'], onStopped };
}

/** The slot that checks may compare with, and its version. */
export function blueOf({ blue, blueVersion }: TargetPlan) {
  return blue === undefined ? undefined : { slot: blue, version: blueVersion };
}

/** Blue may be broken: the release may be the fix, so a missing BLUE_URL is said and does not stop it. */
export async function blueOrNothing(walk: Walk, { config, plan }: Leg, signal: AbortSignal) {
  if (plan.blue === undefined) return undefined;
  try {
    return await walk.ports.platform.preview(config, plan.blue, signal);
  } catch (thrown) {
    signal.throwIfAborted();
    walk.ports.log.warning(`Blue cannot be compared with: ${thrown instanceof Error ? thrown.message : thrown}`);
    return undefined;
  }
}

/**
 * Records the reports and says what they found.
 * @throws CHECKS_FAILED unless every verdict is pass, or is unknown and may be (P14); CHECKS_HELD when all that is wrong is
 * unknown and is to be looked at by a person.
 */
export function requirePasses(walk: Walk, step: StepName, reports: readonly CheckReport[]): string {
  for (const report of reports) keepLatest(walk.ledger.checks, report);
  for (const report of reports) {
    const { verdict } = report;
    walk.ports.log[verdict === 'pass' ? 'info' : 'warning'](`  ${verdict}: ${toldOf(report)}`);
  }
  const wrong = reports.filter(report => report.verdict !== 'pass' && !report.tolerated);
  // What failed says more than what was stopped because of it.
  const first = wrong.find(report => report.verdict === 'fail') ?? wrong.find(report => !report.holds) ?? wrong[0];
  if (first) {
    const facts = { step, wrong: wrong.length, total: reports.length, first: toldOf(first) };
    throw failure(first.holds ? 'CHECKS_HELD' : 'CHECKS_FAILED', facts);
  }
  const passed = reports.filter(report => report.verdict === 'pass').length;
  const unknown = reports.length - passed;
  return `${count(passed, 'check')} passed${unknown > 0 ? `, ${unknown} not known` : ''}`;
}

/** A check without a name of its own is called what it does, and its reason begins with that. */
function toldOf({ name, reason }: CheckReport): string {
  return reason.startsWith(name) ? reason : `${name}: ${reason}`;
}

/** A check that is made again and again, as during the bake, is told once: as it was the last time. */
function keepLatest(reports: CheckReport[], report: CheckReport): void {
  const same = (other: CheckReport) =>
    other.step === report.step && other.target === report.target && other.name === report.name;
  const index = reports.findIndex(same);
  if (index < 0) reports.push(report);
  else reports[index] = report;
}
