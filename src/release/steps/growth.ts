/** A blue that has grown since the plan was made: by a person, or by an autoscaler. */
import { failure } from '../../failures.js';
import { count } from '../../lib/units.js';
import type { Leg, Walk } from '../walk.js';
import { untilReady } from './ready.js';
import { isSized } from './sizes.js';

/**
 * Reads blue's size anew, right before traffic moves: minutes of checks, or days of an approval, lie behind. Where it has
 * grown, green gets as many instances and is waited for (P1); shares that sizes make would not be those that were planned.
 */
export async function growWithBlue(walk: Walk, { config, plan }: Leg, signal: AbortSignal): Promise<void> {
  const { platform, log } = walk.ports;
  const { blue, green, size, batch } = plan;
  if (blue === undefined || batch !== undefined) return;
  const { slots } = await platform.inspect(config, signal);
  const now = slots.find(({ slot }) => slot === blue)?.size ?? 0;
  if (now <= size) return;
  if (isSized(plan)) throw failure('SIZE_CHANGED', { target: plan.target, blue, planned: size, now });
  log.info(
    `${plan.target}: ${blue} has grown from ${size} to ${count(now, 'instance')} since the release was planned; ${green} gets as many before traffic moves.`,
  );
  walk.ledger.changes.push(...(await platform.scale(config, green, now, signal)));
  await untilReady(walk, { config, plan: { ...plan, size: now } }, signal);
}
