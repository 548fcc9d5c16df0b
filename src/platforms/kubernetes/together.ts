/** Moved: every platform ends its requests like this. */
export { together } from '../../lib/together.js';
