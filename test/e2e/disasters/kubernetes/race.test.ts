import { kubernetesGround } from '../grounds/kubernetes.js';
import { race } from '../scenarios/race.js';

/** Hundreds with `npm run test:disasters`; else a few. */
const isWhole = process.env.CUTOVER_DISASTERS === 'all';
race(kubernetesGround, { rounds: isWhole ? 16 : 3, width: 3, on: 'bundle' });
race(kubernetesGround, { rounds: isWhole ? 200 : 5, width: isWhole ? 12 : 5, on: 'here' });
