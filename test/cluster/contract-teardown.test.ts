import { teardown } from '../contract/scenarios/teardown.js';
import { clusterGround } from './support/ground.js';

teardown(clusterGround);
