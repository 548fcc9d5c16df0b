/** Moved: every platform yields like this. */
export { stoppable } from '../../lib/stoppable.js';
