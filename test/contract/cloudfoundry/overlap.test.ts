import { overlap } from '../scenarios/overlap.js';
import { embeddedGround } from './embedded.js';

overlap(embeddedGround);
