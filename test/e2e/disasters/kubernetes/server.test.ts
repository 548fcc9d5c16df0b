import { kubernetesGround } from '../grounds/kubernetes.js';
import { serverMatrix } from '../scenarios/server.js';

/** All cells take minutes (`npm run test:disasters`); else a few of them are tried, on the bundle as it is. */
const isWhole = process.env.CUTOVER_DISASTERS === 'all';
serverMatrix(kubernetesGround, isWhole ? { stride: 1, on: 'here', width: 8 } : { stride: 83, on: 'bundle', width: 5 });
