import { releases } from '../scenarios/releases.js';
import { tunnelGround } from './tunnel.js';

releases(tunnelGround);
