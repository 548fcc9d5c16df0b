/** Green under live traffic, watched for a while, with blue still at full size. */
import { failure } from '../../failures.js';
import { formatDuration } from '../../lib/units.js';
import { everyLeg, type Leg, type Walk } from '../walk.js';
import { checkLive } from './live-checks.js';
import { countedText, pauseWatching, requireLastAnswers, startProbe, stopProbes, whileAnswered } from './probe.js';
import { readinessNow } from './ready.js';

export async function bake(walk: Walk, signal: AbortSignal): Promise<string> {
  const { clock, log } = walk.ports;
  if (walk.config.bake.for === 0 && walk.config.bake.checks.length === 0) {
    await stopProbes(walk);
    return 'no time to watch was asked for';
  }
  for (const leg of walk.legs) await startProbe(walk, leg, signal);
  const until = clock.now() + walk.config.bake.for;
  // The switch has just been confirmed: at first only the checks have something new to say.
  await everyLeg(walk, leg =>
    whileAnswered(walk, leg.plan.target, signal, own => checkLive(walk, leg, 'bake', walk.config.bake.checks, own)),
  );
  for (let left = until - clock.now(); left > 0; left = until - clock.now()) {
    const greens = walk.legs.map(leg => leg.plan.green).join(', ');
    log.waiting(`watching live traffic on ${greens}, ${formatDuration(left)} left${countedText(walk)}`);
    await everyLeg(walk, leg => pauseWatching(walk, leg, Math.min(left, walk.config.bake.interval), signal));
    await everyLeg(walk, leg => whileAnswered(walk, leg.plan.target, signal, own => lookAt(walk, leg, own)));
  }
  await requireLastAnswers(walk, signal);
  await stopProbes(walk);
  return `watched for ${formatDuration(walk.config.bake.for)}${countedText(walk)}`;
}

/**
 * Whether green holds now: it has the live traffic still, every instance is ready, and every live check passes.
 * @throws BAKE_FAILED, CHECKS_FAILED, CHECKS_HELD.
 */
export async function lookAt(walk: Walk, leg: Leg, signal: AbortSignal): Promise<void> {
  const { target, green } = leg.plan;
  const { live } = await walk.ports.platform.inspect(leg.config, signal);
  if (live !== green) {
    const shown = live ?? 'something else than one slot';
    throw failure('BAKE_FAILED', { target, reason: `somebody else led its traffic to ${shown}` });
  }
  const state = await readinessNow(walk, leg, signal);
  if (!state.complete) throw failure('BAKE_FAILED', { target, reason: `${green} is ${state.text}` });
  await checkLive(walk, leg, 'bake', walk.config.bake.checks, signal);
}
