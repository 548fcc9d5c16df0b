import { overlap } from '../contract/scenarios/overlap.js';
import { clusterGround } from './support/ground.js';

overlap(clusterGround);
