import { marathonGround } from '../grounds/marathon.js';
import { cancelMatrix } from '../scenarios/cancel.js';

/** Every seventh: a cancel while the record is being claimed leaves it to be taken over here, which the whole matrix refuses. */
cancelMatrix(marathonGround, { stride: 7 });
