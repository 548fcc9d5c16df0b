/** How long a switch may take, in milliseconds. */
import type { Config } from '../../config/schema.js';
import type { TargetPlan } from '../model.js';
import type { Walk } from '../walk.js';
import { isSized } from './sizes.js';

/** For a blue that has grown since the plan was made: green gets ready anew. */
export function growthTime({ config, plan }: Walk): number {
  return plan.rollback ? 0 : config.deadlines.ready;
}

/** For the writes: each stage is confirmed, held and checked, in time of its own; all targets go through it together. */
export function switchTime({ config, plan }: Walk): number {
  const stages = Math.max(0, ...plan.targets.map(target => target.stages.length));
  const checking = config.switch.checks.length > 0 ? config.deadlines.verify : 0;
  // Where sizes make the shares, new instances get ready before each stage and before the end.
  const growing = plan.targets.some(isSized) ? config.deadlines.ready * (stages + 1) : 0;
  const time = config.deadlines.switch + stages * (config.deadlines.confirm + config.switch.hold + checking) + growing;
  return time + plan.targets.reduce((sum, target) => sum + batchesTime(config, target, checking), 0);
}

/** Each batch gets ready, is confirmed twice, drained, ended and watched, in time of its own. */
function batchesTime({ deadlines, drain, stepwise }: Config, { batch, size }: TargetPlan, checking: number): number {
  if (batch === undefined) return 0;
  const one = deadlines.ready + 2 * deadlines.confirm + (drain.within ?? deadlines.drain) + deadlines.teardown;
  return Math.ceil(size / batch) * (one + stepwise.pause + checking) + (stepwise.canary?.for ?? 0);
}
