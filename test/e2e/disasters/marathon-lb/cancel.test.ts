import { marathonLbGround } from '../grounds/marathon-lb.js';
import { cancelMatrix } from '../scenarios/cancel.js';

/** Every seventh: a cancel while the record is being claimed leaves it to be taken over here, which the whole matrix refuses. */
cancelMatrix(marathonLbGround, { stride: 7, exchanges: true });
