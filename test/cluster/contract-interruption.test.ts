import { interruption } from '../contract/scenarios/interruption.js';
import { clusterGround } from './support/ground.js';

interruption(clusterGround);
