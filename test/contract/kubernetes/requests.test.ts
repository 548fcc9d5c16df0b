import { embeddedGround } from './embedded.js';
import { requests } from './scenarios/requests.js';

requests(embeddedGround);
