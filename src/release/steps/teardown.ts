/** The end of blue: a time to go back, proof that it is not live (P7), removal. Never moves traffic (P8). */
import { formatDuration } from '../../lib/units.js';
import { everyLeg, type Walk } from '../walk.js';

/** Keeps blue for the time that was asked for, ready to go back to. */
export async function drain(walk: Walk, signal: AbortSignal): Promise<string> {
  const { clock, log } = walk.ports;
  const { after } = walk.config.teardown;
  const blues = walk.legs.flatMap(leg => leg.plan.blue ?? []);
  if (after === 0 || blues.length === 0) return 'no time to go back was asked for';
  const until = clock.now() + after;
  for (let left = after; left > 0; left = until - clock.now()) {
    log.waiting(`${blues.join(', ')} kept for another ${formatDuration(left)}`);
    await clock.sleep(Math.min(left, 10_000), signal);
  }
  return `${blues.join(', ')} kept for ${formatDuration(after)}`;
}

export async function teardown(walk: Walk, signal: AbortSignal): Promise<string> {
  const { how } = walk.config.teardown;
  const changes = await everyLeg(walk, async ({ config, plan }) =>
    plan.blue ? walk.ports.platform.teardown(config, plan.blue, how, signal) : [],
  );
  const made = changes.flat();
  walk.ledger.changes.push(...made);
  for (const change of made)
    walk.ports.log.info(`  ${change.verb} ${change.object}${change.detail ? `: ${change.detail}` : ''}`);
  if (walk.legs.every(leg => !leg.plan.blue)) return 'there was no blue';
  return `${walk.legs.flatMap(leg => leg.plan.blue ?? []).join(', ')}: ${how}`;
}
