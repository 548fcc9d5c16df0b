import { adoption } from '../contract/scenarios/adoption.js';
import { clusterGround } from './support/ground.js';

adoption(clusterGround);
