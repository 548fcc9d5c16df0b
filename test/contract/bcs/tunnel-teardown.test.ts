import { teardown } from '../scenarios/teardown.js';
import { tunnelGround } from './tunnel.js';

teardown(tunnelGround);
