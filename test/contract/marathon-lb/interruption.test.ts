import { interruption } from '../scenarios/interruption.js';
import { embeddedGround } from './embedded.js';

interruption(embeddedGround);
