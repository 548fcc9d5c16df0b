import { cloudFoundryGround } from '../grounds/cloud-foundry.js';
import { killMatrix } from '../scenarios/kill.js';

/** By instances of two slots of two: 1 of 3, and 2 of 3, for which blue gives one up. */
const more = { switch: { mode: 'steps', steps: [33, 67, 100], hold: '100ms' } };
const isWhole = process.env.CUTOVER_DISASTERS === 'all';

/** All points with `npm run test:disasters`; else a few of them. */
killMatrix(cloudFoundryGround, { verb: 'run', title: 'run in steps', more, stride: isWhole ? 1 : 23 });
