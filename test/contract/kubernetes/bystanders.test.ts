import { embeddedGround } from './embedded.js';
import { bystanders } from './scenarios/bystanders.js';

bystanders(embeddedGround);
