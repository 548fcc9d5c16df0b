import { trouble } from '../scenarios/trouble.js';
import { tunnelGround } from './tunnel.js';

trouble(tunnelGround);
