import { marathonStepwiseGround } from '../grounds/marathon-stepwise.js';
import { serverMatrix } from '../scenarios/server.js';

/** All cells would take an hour: `npm run test:disasters` has every nineteenth, else a few are tried, on the bundle. */
const isWhole = process.env.CUTOVER_DISASTERS === 'all';
const matrix = isWhole
  ? ({ stride: 19, on: 'here', width: 4 } as const)
  : ({ stride: 701, on: 'bundle', width: 3 } as const);
serverMatrix(marathonStepwiseGround, matrix);
