/** The probe of the live URL: from before the switch to the end of the bake, and what its numbers say of green. */
import { failure } from '../../failures.js';
import { formatDuration, formatShare } from '../../lib/units.js';
import type { ProbeCount, ProbeEvidence } from '../model.js';
import type { Leg, Walk } from '../walk.js';

/** Before that many requests a p95 says little, and a difference below so many milliseconds is no news to a user. */
const ENOUGH = 20;
const NOTICED_MS = 10;

/** Begins to watch the live URL, unless it is watched already. */
export async function startProbe(walk: Walk, { config, plan }: Leg, signal: AbortSignal): Promise<void> {
  const url = config['live-url'];
  if (!url || walk.probes.has(plan.target)) return;
  const versions = { ...(plan.blueVersion ? { blue: plan.blueVersion } : {}), green: plan.version ?? plan.green };
  const { rate, timeout: timeoutMs, window: windowMs } = walk.config.bake.probe;
  const watched = { versions, rate, timeoutMs, windowMs };
  walk.probes.set(plan.target, await walk.ports.probe(config, url, watched, signal));
}

/**
 * Begins to watch every live URL that a switch is going to move. Before a first release nothing answers: there is
 * nothing to watch until green is live.
 */
export async function watchBlue(walk: Walk, signal: AbortSignal): Promise<void> {
  if (!walk.plan.steps.includes('switch')) return;
  for (const leg of walk.legs) if (leg.plan.blue) await startProbe(walk, leg, signal);
}

/** Ends the probes and keeps what they saw. Safe to call twice. */
export async function stopProbes(walk: Walk): Promise<void> {
  const running = [...walk.probes.values()];
  walk.probes.clear();
  for (const probe of running) walk.ledger.probes.push(await probe.stop());
}

/**
 * Waits for what the live URL is still asked, and looks once more: an outage that began a moment ago has not failed any
 * request yet. @throws BAKE_FAILED
 */
export async function requireLastAnswers(walk: Walk, signal: AbortSignal): Promise<void> {
  const ends = [...walk.probes.values()].map(probe => probe.finish());
  await Promise.race([Promise.all(ends), rejection(signal)]);
  for (const target of walk.probes.keys()) requireAnswers(walk, target);
}

/** Right before the switch: a live URL that gives no answer at all is a finding. Blue may be broken, so it is no stop. */
export function reportSilence(walk: Walk): void {
  for (const [target, probe] of walk.probes) {
    const seen = probe.seen();
    if (!isSilent(seen)) continue;
    const message = `${seen.url} gave no answer to ${seen.requests} requests before the switch: ${lastError(seen)}.`;
    const remedy =
      'If the runner cannot reach it, run where it can, or set bake.probe.unreachable to pass and rely on the platform.';
    walk.ledger.findings.push({ severity: 'warning', code: 'LIVE_URL_SILENT', target, message, remedy });
    walk.ports.log.warning(`${target}: ${message} ${remedy}`);
  }
}

/** Whether the live URL is out of the runner's reach, and that was said to be no reason to stop. */
export function isOutOfReach(walk: Walk, target: string): boolean {
  const seen = walk.probes.get(target)?.seen();
  return walk.config.bake.probe.unreachable === 'pass' && seen !== undefined && isSilent(seen);
}

/**
 * Throws BAKE_FAILED when the numbers since the switch, or the recent ones alone, are worse than those before it by more
 * than is tolerated: a long good time does not outweigh an outage.
 */
export function requireAnswers(walk: Walk, target: string): void {
  const probe = walk.probes.get(target);
  const seen = probe?.seen();
  if (!probe || !seen || seen.requests === 0 || isOutOfReach(walk, target)) return;
  const recently = `in the latest ${formatDuration(walk.config.bake.probe.window)}`;
  const reason =
    tooManyErrors(walk, seen, seen.after, seen.before && 'after the switch') ??
    tooManyErrors(walk, seen, probe.recent(), recently) ??
    tooSlow(walk, seen);
  if (reason) throw failure('BAKE_FAILED', { target, reason });
}

/** Between two looks at the numbers while something else is waited for. */
const LOOK_AGAIN_MS = 1_000;

/** Waits, and looks at the numbers meanwhile: users who get errors do not wait for the next round of checks. */
export function pauseWatching(walk: Walk, { plan }: Leg, ms: number, signal: AbortSignal): Promise<void> {
  return whileAnswered(walk, plan.target, signal, own => walk.ports.clock.sleep(ms, own));
}

/**
 * Does `work`, which must write nothing, while the numbers of the live URL are looked at: it is given up at once when they
 * say BAKE_FAILED, and does not count when they say so at its end.
 */
export async function whileAnswered<T>(
  walk: Walk,
  target: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const given = new AbortController();
  const ended = new AbortController();
  const watching = watch(walk, target, AbortSignal.any([signal, ended.signal]), given);
  const working = work(AbortSignal.any([signal, given.signal]));
  const [done] = await Promise.allSettled([Promise.race([working, rejection(given.signal)])]);
  ended.abort();
  await watching;
  // What the work says of having been given up is no news.
  if (given.signal.aborted && !signal.aborted) throw given.signal.reason;
  if (done.status === 'rejected') throw done.reason;
  requireAnswers(walk, target);
  return done.value;
}

function rejection(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

async function watch(walk: Walk, target: string, until: AbortSignal, given: AbortController): Promise<void> {
  while (!until.aborted && !given.signal.aborted) {
    try {
      requireAnswers(walk, target);
      await walk.ports.clock.sleep(LOOK_AGAIN_MS, until);
    } catch (thrown) {
      if (!until.aborted) given.abort(thrown);
    }
  }
}

/** `, 400 requests, 0 failed`: what all probes saw so far; nothing without one. */
export function countedText(walk: Walk): string {
  const evidence: ProbeEvidence[] = [...walk.ledger.probes, ...[...walk.probes.values()].map(probe => probe.seen())];
  if (evidence.length === 0) return '';
  const requests = evidence.reduce((sum, probe) => sum + probe.requests, 0);
  const failed = evidence.reduce((sum, probe) => sum + probe.failed, 0);
  return `, ${requests} requests, ${failed} failed`;
}

function tooManyErrors(
  { config }: Walk,
  seen: ProbeEvidence,
  { requests, failed }: ProbeCount,
  when: string | undefined,
): string | undefined {
  const margin = config.bake.probe['errors-above'];
  // One failure alone may always be a coincidence.
  if (failed <= Math.max(1, requests * (shareOf(seen.before) + margin))) return undefined;
  const what = [`${failed} of ${requests} requests to ${seen.url} failed`, ...(when ? [when] : [])].join(' ');
  const before = seen.before ? `, and ${seen.before.failed} of ${seen.before.requests} before the switch` : '';
  const never = isSilent(seen) ? ' It never answered, so the runner may be unable to reach it.' : '';
  return `${what}${before}: ${lastError(seen)}.${never}`;
}

function tooSlow({ config }: Walk, { before, after, url }: ProbeEvidence): string | undefined {
  const margin = config.bake.probe['p95-above'];
  if (margin === undefined || !before || before.p95Ms === undefined || after.p95Ms === undefined) return undefined;
  if (before.requests < ENOUGH || after.requests < ENOUGH) return undefined;
  const rise = after.p95Ms - before.p95Ms;
  if (rise <= Math.max(NOTICED_MS, before.p95Ms * margin)) return undefined;
  const [was, is] = [formatDuration(before.p95Ms), formatDuration(after.p95Ms)];
  return `the p95 of ${url} rose from ${was} before the switch to ${is} after it; ${formatShare(margin)} more are tolerated`;
}

function shareOf(window: ProbeCount | undefined): number {
  return window && window.requests > 0 ? window.failed / window.requests : 0;
}

function isSilent({ requests, answers }: ProbeEvidence): boolean {
  return requests > 0 && Object.values(answers).every(amount => amount === 0);
}

function lastError({ errors }: ProbeEvidence): string {
  return errors.at(-1) ?? 'no reason';
}
