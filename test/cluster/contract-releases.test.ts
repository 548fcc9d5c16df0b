import { releases } from '../contract/scenarios/releases.js';
import { clusterGround } from './support/ground.js';

releases(clusterGround);
