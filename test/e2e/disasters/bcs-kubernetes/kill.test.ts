import { bcsKubernetesGround } from '../grounds/bcs-kubernetes.js';
import { killMatrix } from '../scenarios/kill.js';

killMatrix(bcsKubernetesGround, { verb: 'run', stride: 1 });
