import type { Before, Ground } from '../ground.js';
import { CloudFoundryStage } from './stage.js';

/** Cloud Foundry in this process; every stage has one of its own. */
export async function embeddedGround(): Promise<Ground> {
  return {
    stage: (before?: Before) => CloudFoundryStage.open(before),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
