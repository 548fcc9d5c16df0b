import { bcsGround } from '../grounds/bcs.js';
import { serverMatrix } from '../scenarios/server.js';

/**
 * Storage is polled, so that a story has some two thousand cells: with `npm run test:disasters` every fifth of them, which
 * has each answer at each kind of request; else a few, on the bundle as it is.
 */
const isWhole = process.env.CUTOVER_DISASTERS === 'all';
serverMatrix(bcsGround, isWhole ? { stride: 5, on: 'here', width: 8 } : { stride: 419, on: 'bundle', width: 5 });
