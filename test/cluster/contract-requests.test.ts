import { requests } from '../contract/kubernetes/scenarios/requests.js';
import { clusterGround } from './support/ground.js';

requests(clusterGround);
