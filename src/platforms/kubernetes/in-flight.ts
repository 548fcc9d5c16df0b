/** Moved: every platform ends its writes like this. */
export { withWriteGrace } from '../../lib/in-flight.js';
