import { interruption } from '../scenarios/interruption.js';
import { tunnelGround } from './tunnel.js';

interruption(tunnelGround);
