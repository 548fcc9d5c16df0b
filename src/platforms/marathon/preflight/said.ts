import type { Finding, Severity } from '../../../release/model.js';

/** A finding before it is known which target it is of. */
export type Said = Omit<Finding, 'target'>;

/** What was seen, and what to do about it: one sentence each. */
export function tell(severity: Severity, code: string, message: string, remedy: string): Said {
  return { severity, code, message, remedy };
}
