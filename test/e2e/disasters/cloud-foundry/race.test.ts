import { cloudFoundryGround } from '../grounds/cloud-foundry.js';
import { race } from '../scenarios/race.js';

/** More with `npm run test:disasters`; else a few. */
const isWhole = process.env.CUTOVER_DISASTERS === 'all';
race(cloudFoundryGround, { rounds: isWhole ? 10 : 1, width: isWhole ? 4 : 3, on: 'here' });
