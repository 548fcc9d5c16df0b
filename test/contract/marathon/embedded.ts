import type { Before, Ground } from '../ground.js';
import { MarathonStage } from './stage.js';

/** DC/OS in this process; every stage has one of its own. */
export async function embeddedGround(): Promise<Ground> {
  return {
    stage: (before?: Before) => MarathonStage.open(before),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
