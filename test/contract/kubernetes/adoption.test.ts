import { embeddedGround } from './embedded.js';
import { adoption } from './scenarios/adoption.js';

adoption(embeddedGround);
