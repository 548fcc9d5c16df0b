import { adoption } from '../contract/kubernetes/scenarios/adoption.js';
import { clusterGround } from './support/ground.js';

adoption(clusterGround);
