import { marathonGround } from '../grounds/marathon.js';
import { cancelMatrix } from '../scenarios/cancel.js';

/** All cancels with `npm run test:disasters`; else a few of them. */
cancelMatrix(marathonGround, { stride: process.env.CUTOVER_DISASTERS === 'all' ? 1 : 7 });
