import { bystanders } from '../contract/kubernetes/scenarios/bystanders.js';
import { clusterGround } from './support/ground.js';

bystanders(clusterGround);
