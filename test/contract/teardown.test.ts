import { embeddedGround } from './embedded.js';
import { teardown } from './scenarios/teardown.js';

teardown(embeddedGround);
