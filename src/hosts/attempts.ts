/** Requests to a host's API that nothing depends on: made again for what may pass by itself, and then given up. */
import type { Clock } from '../platforms/port.js';

const ATTEMPTS = 3;
const PAUSE_MS = 1_000;
/** Nobody waits longer for something to be shown, whatever the host asks for. */
const LONGEST_PAUSE_MS = 30_000;

/** What a client's problem says of itself. */
interface Passing {
  readonly passing: boolean;
  /** How long the host asked to wait, in milliseconds; undefined when it did not say. */
  readonly waitMs: number | undefined;
}

/** @throws what the last attempt threw: of the third one, of one whose problem will not pass, or of a signal that aborted. */
export async function severalTimes<T>(work: () => Promise<T>, clock: Clock, signal: AbortSignal): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (thrown) {
      if (attempt === ATTEMPTS || signal.aborted || !isPassing(thrown)) throw thrown;
      await clock.sleep(Math.min(thrown.waitMs ?? PAUSE_MS, LONGEST_PAUSE_MS), signal).catch(() => undefined);
    }
  }
}

function isPassing(thrown: unknown): thrown is Error & Passing {
  return thrown instanceof Error && 'passing' in thrown && thrown.passing === true;
}
