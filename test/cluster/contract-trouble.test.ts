import { trouble } from '../contract/scenarios/trouble.js';
import { clusterGround } from './support/ground.js';

trouble(clusterGround);
