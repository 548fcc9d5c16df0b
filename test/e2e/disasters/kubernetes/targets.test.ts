import { kubernetesGround } from '../grounds/kubernetes.js';
import { targetsMatrix } from '../scenarios/targets.js';

/** All cases with `npm run test:disasters`; else a few of them. */
targetsMatrix(kubernetesGround, { stride: process.env.CUTOVER_DISASTERS === 'all' ? 1 : 7, width: 4 });
