import { marathonStepwiseGround } from '../grounds/marathon-stepwise.js';
import { cancelMatrix } from '../scenarios/cancel.js';

/** All cancels with `npm run test:disasters`; else a few of them. */
cancelMatrix(marathonStepwiseGround, { stride: process.env.CUTOVER_DISASTERS === 'all' ? 1 : 7, exchanges: true });
