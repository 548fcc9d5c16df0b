/** Moved: every platform waits like this. */
export { Bell } from '../../lib/bell.js';
