import { embeddedGround } from './embedded.js';
import { beside } from './scenarios/beside.js';

beside(embeddedGround);
