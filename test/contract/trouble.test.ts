import { embeddedGround } from './embedded.js';
import { trouble } from './scenarios/trouble.js';

trouble(embeddedGround);
