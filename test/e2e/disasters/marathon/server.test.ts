import { marathonGround } from '../grounds/marathon.js';
import { serverMatrix } from '../scenarios/server.js';

/** All cells take minutes (`npm run test:disasters`); else a few of them are tried, on the bundle as it is. */
const isWhole = process.env.CUTOVER_DISASTERS === 'all';
serverMatrix(marathonGround, isWhole ? { stride: 1, on: 'here', width: 4 } : { stride: 401, on: 'bundle', width: 3 });
