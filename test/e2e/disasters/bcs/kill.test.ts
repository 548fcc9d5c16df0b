import { bcsGround } from '../grounds/bcs.js';
import { killMatrix } from '../scenarios/kill.js';

/** All points with `npm run test:disasters`; else a few of them. */
killMatrix(bcsGround, { verb: 'run', stride: process.env.CUTOVER_DISASTERS === 'all' ? 1 : 12 });
