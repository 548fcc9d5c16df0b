import { bcsGround } from '../grounds/bcs.js';
import { race } from '../scenarios/race.js';

/** More with `npm run test:disasters`; else a few. */
const isWhole = process.env.CUTOVER_DISASTERS === 'all';
race(bcsGround, { rounds: isWhole ? 60 : 2, width: isWhole ? 8 : 4, on: 'here' });
