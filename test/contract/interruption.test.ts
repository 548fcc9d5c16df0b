import { embeddedGround } from './embedded.js';
import { interruption } from './scenarios/interruption.js';

interruption(embeddedGround);
