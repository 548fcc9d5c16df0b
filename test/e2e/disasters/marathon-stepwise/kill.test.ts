import { marathonStepwiseGround } from '../grounds/marathon-stepwise.js';
import { killMatrix } from '../scenarios/kill.js';

/** All points with `npm run test:disasters`; else a few of them. */
killMatrix(marathonStepwiseGround, { verb: 'run', stride: process.env.CUTOVER_DISASTERS === 'all' ? 1 : 17 });
