/** Drops what was temporary, such as the floor under green's own scaling, once the switch has settled. */
import { count } from '../../lib/units.js';
import { everyLeg, type Walk } from '../walk.js';

export async function close(walk: Walk, signal: AbortSignal): Promise<string> {
  if (!walk.plan.steps.includes('bake') && !walk.plan.steps.includes('teardown')) return 'waiting for the next verb';
  const changes = (await everyLeg(walk, ({ config, plan }) => walk.ports.platform.settle(config, plan, signal))).flat();
  walk.ledger.changes.push(...changes);
  return changes.length === 0 ? 'nothing temporary was left' : count(changes.length, 'write');
}
