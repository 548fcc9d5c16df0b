import { workloads } from '../contract/kubernetes/scenarios/workloads.js';
import { clusterGround } from './support/ground.js';

workloads(clusterGround);
