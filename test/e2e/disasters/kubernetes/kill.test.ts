import { kubernetesGround } from '../grounds/kubernetes.js';
import { killMatrix } from '../scenarios/kill.js';

killMatrix(kubernetesGround, { verb: 'run', stride: 1 });
