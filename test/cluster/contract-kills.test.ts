import { kills } from '../contract/scenarios/kills.js';
import { clusterGround } from './support/ground.js';

kills(clusterGround);
