import type { EmbeddedMarathon } from '../../../../src/embedded/marathon/index.js';
import type { Ground, GroundTarget } from '../ground.js';
import { marathonGround } from './marathon.js';

/** The program counts its requests under way; a moment without any is soon there. */
export const STEPWISE = {
  strategy: 'stepwise',
  drain: { gauge: { path: '/metrics', name: 'pending_operations' }, zeros: 2, interval: '50ms' },
};

/** The shops behind Edge-LB, whose instances are exchanged one by one. */
export async function marathonStepwiseGround(names: readonly string[]): Promise<Ground> {
  const ground = await marathonGround(names);
  return {
    ...ground,
    settings: { ...ground.settings, ...STEPWISE },
    // Both slots serve during an exchange, so that the one promise about that does not hold here.
    broken: () => [...ground.broken().filter(one => !one.startsWith('P3')), ...endedAtWork(ground)],
  };
}

/** Instances that were asked to end while they had work: an exchange waits for their gauges. */
export function endedAtWork({
  platform,
  targets,
}: {
  readonly platform: EmbeddedMarathon;
  readonly targets: readonly GroundTarget[];
}): readonly string[] {
  const slots = new Set(targets.flatMap(target => Object.values(target.slots)));
  return platform.endedTasks
    .filter(({ appId, pendingWhenAsked, wasKilled }) => slots.has(appId) && wasKilled && pendingWhenAsked > 0)
    .map(({ id, pendingWhenAsked }) => `${id} was ended with ${pendingWhenAsked} pending`);
}
