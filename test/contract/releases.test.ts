import { embeddedGround } from './embedded.js';
import { releases } from './scenarios/releases.js';

releases(embeddedGround);
