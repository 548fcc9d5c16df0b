import type { Before, Ground } from '../ground.js';
import { MarathonLbStage } from './stage.js';

/** DC/OS with a marathon-lb in this process; every stage has one of its own. */
export async function embeddedGround(): Promise<Ground> {
  return {
    stage: (before?: Before) => MarathonLbStage.open(before),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
