/** Checks on the live route, whoever answers there: during the bake, and between the stages of a switch. */
import type { CheckConfig } from '../../config/schema.js';
import { failure } from '../../failures.js';
import type { Leg, Walk } from '../walk.js';
import { blueOf, blueOrNothing, mannerOf, needsBlue, requirePasses } from './verify.js';

/**
 * Makes these checks now, through the live route; commands and loads may compare with blue, which is still there.
 * @throws CHECKS_FAILED, CHECKS_HELD, and BAKE_FAILED where there is no way to ask the live route.
 */
export async function checkLive(
  walk: Walk,
  { config, plan }: Leg,
  step: 'switch' | 'bake',
  checks: readonly CheckConfig[],
  signal: AbortSignal,
): Promise<void> {
  if (checks.length === 0) return;
  await using live = await liveEndpoint(walk, { config, plan }, signal);
  await using blue = needsBlue(checks) ? await blueOrNothing(walk, { config, plan }, signal) : undefined;
  const environment = { LIVE_URL: live.url, ...(blue ? { BLUE_URL: blue.url } : {}) };
  const request = {
    step,
    target: config,
    slot: undefined,
    serves: plan.green,
    version: plan.version,
    blue: blueOf(plan),
    url: live.url,
    environment,
    checks,
    ...mannerOf(walk),
  };
  requirePasses(walk, step, await walk.ports.check(request, signal));
}

/** The live URL, or else the platform's own way to ask through the route. */
async function liveEndpoint(walk: Walk, { config, plan }: Leg, signal: AbortSignal) {
  const url = config['live-url'];
  if (url) return { url, [Symbol.asyncDispose]: async () => undefined };
  const endpoint = await walk.ports.platform.live(config, signal);
  if (endpoint) return endpoint;
  const reason = 'its checks need a live-url, and the platform offers no other way to ask the live route.';
  throw failure('BAKE_FAILED', { target: plan.target, reason });
}
