import { releases } from '../scenarios/releases.js';
import { embeddedGround } from './embedded.js';

releases(embeddedGround);
