import { beside } from '../contract/kubernetes/scenarios/beside.js';
import { clusterGround } from './support/ground.js';

beside(clusterGround);
