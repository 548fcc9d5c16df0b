import type { Before, Ground } from '../ground.js';
import { BcsStage } from './stage.js';

/** A BCS in this process; every stage has one of its own. */
export async function embeddedGround(): Promise<Ground> {
  return {
    stage: (before?: Before) => BcsStage.open(before),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
