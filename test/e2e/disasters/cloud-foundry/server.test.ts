import { cloudFoundryGround } from '../grounds/cloud-foundry.js';
import { serverMatrix } from '../scenarios/server.js';

/** All cells would take half an hour: `npm run test:disasters` has every eleventh, else a few are tried, on the bundle. */
const isWhole = process.env.CUTOVER_DISASTERS === 'all';
serverMatrix(
  cloudFoundryGround,
  isWhole ? { stride: 11, on: 'here', width: 6 } : { stride: 401, on: 'bundle', width: 3 },
);
