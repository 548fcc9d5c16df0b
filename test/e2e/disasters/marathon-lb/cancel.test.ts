import { marathonLbGround } from '../grounds/marathon-lb.js';
import { cancelMatrix } from '../scenarios/cancel.js';

/** All cancels with `npm run test:disasters`; else a few of them. */
cancelMatrix(marathonLbGround, { stride: process.env.CUTOVER_DISASTERS === 'all' ? 1 : 7, exchanges: true });
