import { teardown } from '../scenarios/teardown.js';
import { embeddedGround } from './embedded.js';

teardown(embeddedGround, false);
