import { cloudFoundryGround } from '../grounds/cloud-foundry.js';
import { killMatrix } from '../scenarios/kill.js';

/** All points with `npm run test:disasters`; else a few of them. */
killMatrix(cloudFoundryGround, { verb: 'run', stride: process.env.CUTOVER_DISASTERS === 'all' ? 1 : 11 });
