/** Green under live traffic, watched for a while, with blue still at full size. */
import type { CheckConfig } from '../../config/schema.js';
import { failure } from '../../failures.js';
import { formatDuration } from '../../lib/units.js';
import { everyLeg, type Leg, type Walk } from '../walk.js';
import { countedText, requireAnswers, startProbe, stopProbes } from './probe.js';
import { readinessNow } from './ready.js';
import { requirePasses } from './verify.js';

export async function bake(walk: Walk, signal: AbortSignal): Promise<string> {
  const { clock, log } = walk.ports;
  if (walk.config.bake.for === 0 && walk.config.bake.checks.length === 0) {
    await stopProbes(walk);
    return 'no time to watch was asked for';
  }
  for (const leg of walk.legs) await startProbe(walk, leg, signal);
  const until = clock.now() + walk.config.bake.for;
  // The switch has just been confirmed: at first only the checks have something new to say.
  await everyLeg(walk, leg => checkLive(walk, leg, 'bake', walk.config.bake.checks, signal));
  for (let left = until - clock.now(); left > 0; left = until - clock.now()) {
    const greens = walk.legs.map(leg => leg.plan.green).join(', ');
    log.waiting(`watching live traffic on ${greens}, ${formatDuration(left)} left${countedText(walk)}`);
    await clock.sleep(Math.min(left, walk.config.bake.interval), signal);
    await everyLeg(walk, leg => lookAt(walk, leg, signal));
  }
  await stopProbes(walk);
  return `watched for ${formatDuration(walk.config.bake.for)}${countedText(walk)}`;
}

async function lookAt(walk: Walk, leg: Leg, signal: AbortSignal): Promise<void> {
  const { target, green } = leg.plan;
  const state = await readinessNow(walk, leg, signal);
  if (!state.complete) throw failure('BAKE_FAILED', { target, reason: `${green} is ${state.text}` });
  requireAnswers(walk, target);
  await checkLive(walk, leg, 'bake', walk.config.bake.checks, signal);
}

/** Makes these checks through the live route. @throws CHECKS_FAILED, BAKE_FAILED where there is no way to ask it. */
export async function checkLive(
  walk: Walk,
  { config, plan }: Leg,
  step: 'switch' | 'bake',
  checks: readonly CheckConfig[],
  signal: AbortSignal,
): Promise<void> {
  if (checks.length === 0) return;
  const live = await liveEndpoint(walk, { config, plan }, signal);
  const environment = { LIVE_URL: live.url };
  const request = {
    target: config,
    slot: undefined,
    serves: plan.green,
    version: plan.version,
    url: live.url,
    environment,
    checks,
  };
  try {
    requirePasses(walk, step, await walk.ports.check({ step, ...request }, signal));
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
