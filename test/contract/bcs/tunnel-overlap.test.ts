import { overlap } from '../scenarios/overlap.js';
import { tunnelGround } from './tunnel.js';

overlap(tunnelGround);
