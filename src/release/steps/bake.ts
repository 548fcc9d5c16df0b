/** Green under live traffic, watched for a while, with blue still at full size. */
import { failure } from '../../failures.js';
import { formatDuration } from '../../lib/units.js';
import type { ProbeEvidence } from '../model.js';
import { everyLeg, type Leg, type Walk } from '../walk.js';
import { readinessNow } from './ready.js';
import { startProbe } from './switch.js';
import { requirePasses } from './verify.js';

/** A probe may see this share of its requests fail during the bake before it speaks against green. */
const TOLERATED_FAILURES = 0.01;

/** What the probes had seen when the bake began: what failed before, such as a broken blue, is not green's fault. */
type Baselines = ReadonlyMap<string, ProbeEvidence>;

export async function bake(walk: Walk, signal: AbortSignal): Promise<string> {
  const { clock, log } = walk.ports;
  if (walk.config.bake.for === 0 && walk.config.bake.checks.length === 0) {
    await stopProbes(walk);
    return 'no time to watch was asked for';
  }
  for (const leg of walk.legs) await startProbe(walk, leg, signal);
  const before: Baselines = new Map([...walk.probes].map(([target, probe]) => [target, probe.seen()]));
  const until = clock.now() + walk.config.bake.for;
  while (true) {
    await everyLeg(walk, leg => lookAt(walk, leg, before, signal));
    const left = until - clock.now();
    if (left <= 0) break;
    const greens = walk.legs.map(leg => leg.plan.green).join(', ');
    log.waiting(`watching live traffic on ${greens}, ${formatDuration(left)} left${seen(walk)}`);
    await clock.sleep(Math.min(left, walk.config.bake.interval), signal);
  }
  await stopProbes(walk);
  return `watched for ${formatDuration(walk.config.bake.for)}${seen(walk)}`;
}

async function lookAt(walk: Walk, leg: Leg, before: Baselines, signal: AbortSignal): Promise<void> {
  const { target, green } = leg.plan;
  const state = await readinessNow(walk, leg, signal);
  if (!state.complete) throw failure('BAKE_FAILED', { target, reason: `${green} is ${state.text}` });
  requireAnswers(target, before.get(target), walk.probes.get(target)?.seen());
  await checkLive(walk, leg, signal);
}

function requireAnswers(target: string, before: ProbeEvidence | undefined, now: ProbeEvidence | undefined): void {
  if (!before || !now) return;
  const [requests, failed] = [now.requests - before.requests, now.failed - before.failed];
  if (failed <= Math.max(1, requests * TOLERATED_FAILURES)) return;
  const last = now.errors.at(-1) ?? 'no reason';
  throw failure('BAKE_FAILED', { target, reason: `${failed} of ${requests} requests to ${now.url} failed: ${last}` });
}

async function checkLive(walk: Walk, { config, plan }: Leg, signal: AbortSignal): Promise<void> {
  const { checks } = walk.config.bake;
  if (checks.length === 0) return;
  const live = await liveEndpoint(walk, { config, plan }, signal);
  const environment = { LIVE_URL: live.url };
  const request = { target: config, slot: undefined, version: plan.version, url: live.url, environment, checks };
  try {
    requirePasses(walk, 'bake', await walk.ports.check({ step: 'bake', ...request }, signal));
  } finally {
    await live.close();
  }
}

/** The live URL, or else the platform's own way to ask through the route. */
async function liveEndpoint(walk: Walk, { config, plan }: Leg, signal: AbortSignal) {
  const url = config['live-url'];
  if (url) return { url, close: async () => undefined };
  const endpoint = await walk.ports.platform.live(config, signal);
  if (endpoint) return { url: endpoint.url, close: () => endpoint[Symbol.asyncDispose]() };
  const reason = 'its checks need a live-url, and the platform offers no other way to ask the live route.';
  throw failure('BAKE_FAILED', { target: plan.target, reason });
}

/** Ends the probes and keeps what they saw. Safe to call twice. */
export async function stopProbes(walk: Walk): Promise<void> {
  const running = [...walk.probes.values()];
  walk.probes.clear();
  for (const probe of running) walk.ledger.probes.push(await probe.stop());
}

function seen(walk: Walk): string {
  const evidence: ProbeEvidence[] = [...walk.ledger.probes, ...[...walk.probes.values()].map(probe => probe.seen())];
  if (evidence.length === 0) return '';
  const requests = evidence.reduce((sum, probe) => sum + probe.requests, 0);
  const failed = evidence.reduce((sum, probe) => sum + probe.failed, 0);
  return `, ${requests} requests, ${failed} failed`;
}
