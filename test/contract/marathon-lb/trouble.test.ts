import { trouble } from '../scenarios/trouble.js';
import { embeddedGround } from './embedded.js';

trouble(embeddedGround);
