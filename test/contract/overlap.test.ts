import { embeddedGround } from './embedded.js';
import { overlap } from './scenarios/overlap.js';

overlap(embeddedGround);
