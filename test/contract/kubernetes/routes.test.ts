import { embeddedGround } from './embedded.js';
import { routes } from './scenarios/routes.js';

routes(embeddedGround);
