/** How long to wait before something that failed is tried again. */
import type { Clock } from '../../platforms/port.js';

const FIRST_PAUSE_MS = 250;

export interface Pace {
  readonly clock: Clock;
  /** What pauses grow up to, in milliseconds; jitter comes on top. */
  readonly longestMs: number;
  /** How far a pause may lie from its middle, as a share of that: many clients must not come back in one moment. */
  readonly jitter: number;
  /** From 0 to 1. */
  readonly random?: () => number;
}

/**
 * Waits after attempt number `attempt` (from 1): twice as long each time, and never less than `leastMs` milliseconds.
 * Rejects with the signal's reason.
 */
export async function pause(
  { clock, longestMs, jitter, random = Math.random }: Pace,
  attempt: number,
  signal: AbortSignal,
  leastMs = 0,
): Promise<void> {
  const growing = Math.min(longestMs, FIRST_PAUSE_MS * 2 ** (attempt - 1));
  await clock.sleep(Math.max(leastMs, growing * (1 - jitter + 2 * jitter * random())), signal);
}
