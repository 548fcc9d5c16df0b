import { kubernetesGround } from '../grounds/kubernetes.js';
import { cancelMatrix } from '../scenarios/cancel.js';

cancelMatrix(kubernetesGround);
