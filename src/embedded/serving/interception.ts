import type { FaultAnswer } from './faults.js';
import type { LoggedRequest } from './request-log.js';

/** Where a test or a rehearsal can step in: both are called for every request, and may take their time. */
export interface Interception {
  /** Before the request is looked at. A fault that it answers with takes effect as one of `Faults` would. */
  onRequest: (request: LoggedRequest) => FaultAnswer | undefined | Promise<FaultAnswer | undefined>;
  /** After the request has taken effect, and before its answer is sent. Streams have no such moment. */
  beforeAnswer: (request: LoggedRequest) => void | Promise<void>;
}

/** Steps in nowhere. */
export function noInterception(): Interception {
  return { onRequest: () => undefined, beforeAnswer: () => undefined };
}
