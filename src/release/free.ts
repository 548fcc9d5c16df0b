/** Waiting for a release that another run holds, for as long as the configuration says (P9). */
import { lockedBy } from './journal.js';
import { heldByAnother, termOf } from './record.js';
import { observe, type Seen, type Session } from './session.js';

/** How often a run that waits for another one looks again. */
const LOOK_AGAIN_MS = 5_000;

/** Whether a run was told to wait for another one, and not to stop because of it. */
export function mayWait({ config }: Session): boolean {
  return (config.lock.wait ?? 0) > 0;
}

/**
 * Looks until nobody else holds the release, or the time to wait is over: the caller decides what it means then. A holder
 * whose clock is ahead of this one's is silent once its record stood unchanged for its term by this clock.
 */
export async function observeFree(session: Session, signal: AbortSignal): Promise<Seen> {
  const { clock, log, platform } = session.ports;
  const until = clock.now() + (session.config.lock.wait ?? 0);
  let unchanged = { revision: '', since: 0 };
  while (true) {
    const seen = await observe(session, signal);
    const { record, runId, now, found } = seen;
    if (!record || !heldByAnother(record, runId, now)) return seen;
    if (found?.revision !== unchanged.revision) unchanged = { revision: found?.revision ?? '', since: now };
    const term = termOf(record.holder);
    if (now - unchanged.since > term) return { ...seen, now: (record.holder?.heardAt ?? 0) + term };
    if (now >= until) return seen;
    log.waiting(lockedBy(record, platform.records, now).message);
    await clock.sleep(Math.min(LOOK_AGAIN_MS, until - clock.now()), signal);
  }
}
