/** The end of blue: proof that it is not live (P7), and removal. Never moves traffic (P8). */
import { heldBy } from '../fence.js';
import { everyLeg, type Walk } from '../walk.js';
import { tellHeld } from './held.js';

export async function teardown(walk: Walk, signal: AbortSignal): Promise<string> {
  const { how } = walk.config.teardown;
  if (how !== 'keep') await tellHeld(walk, signal);
  const changes = await everyLeg(walk, async ({ config, plan }) =>
    plan.blue ? walk.ports.platform.teardown(config, plan.blue, how, signal, heldBy(walk)) : [],
  );
  const made = changes.flat();
  walk.ledger.changes.push(...made);
  for (const change of made)
    walk.ports.log.info(`  ${change.verb} ${change.object}${change.detail ? `: ${change.detail}` : ''}`);
  if (walk.legs.every(leg => !leg.plan.blue)) return 'there was no blue';
  return `${walk.legs.flatMap(leg => leg.plan.blue ?? []).join(', ')}: ${how}`;
}
