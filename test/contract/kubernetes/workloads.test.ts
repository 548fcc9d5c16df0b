import { embeddedGround } from './embedded.js';
import { workloads } from './scenarios/workloads.js';

workloads(embeddedGround);
