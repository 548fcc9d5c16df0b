import { marathonGround } from '../grounds/marathon.js';
import { killMatrix } from '../scenarios/kill.js';

/** All points with `npm run test:disasters`; else a few of them. */
killMatrix(marathonGround, { verb: 'rollback', stride: process.env.CUTOVER_DISASTERS === 'all' ? 1 : 23 });
