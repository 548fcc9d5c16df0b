import { requests } from '../contract/scenarios/requests.js';
import { clusterGround } from './support/ground.js';

requests(clusterGround);
