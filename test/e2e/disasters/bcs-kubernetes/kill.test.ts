import { bcsKubernetesGround } from '../grounds/bcs-kubernetes.js';
import { killMatrix } from '../scenarios/kill.js';

/** All points with `npm run test:disasters`; else a few of them. */
killMatrix(bcsKubernetesGround, { verb: 'run', stride: process.env.CUTOVER_DISASTERS === 'all' ? 1 : 19 });
