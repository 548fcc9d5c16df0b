/**
 * The abort verb: what a signal does, done from the record, when the signal never came or the process is gone; and the
 * end of a release that stopped before its switch and that nobody wants any more.
 */
import { takeOver, wouldFinish } from './finish.js';
import { observeFree } from './free.js';
import { lockedBy } from './journal.js';
import type { FailureReport } from './model.js';
import { type Ending, endedAtOnce, writesNothing } from './outcome.js';
import { isLeftPrepared } from './possible.js';
import { heldByAnother, type ReleaseRecord } from './record.js';
import { removeGreen, restoreRoutes } from './recovery.js';
import { observe, type Seen, type Session } from './session.js';
import type { Ledger } from './walk.js';

export async function abort(session: Session, ledger: Ledger, signal: AbortSignal): Promise<Ending> {
  // What another run holds is not what the end of a job came to abort: that one does not wait.
  const look = session.config.verb === 'abort' ? observeFree : observe;
  const seen = await look(session, signal);
  const { record } = seen;
  if (record && session.config.verb === 'abort' && isLeftPrepared(session.config, seen, record)) {
    if (writesNothing(session.config)) return wouldFinish(record, 'take-away', ledger);
    return abortPrepared(session, seen, record, ledger);
  }
  if (!record?.holder) {
    ledger.notes.push('No run holds this release, so there is nothing to abort.');
    return endedAtOnce('unchanged');
  }
  if (heldByAnother(record, seen.runId, seen.now) && session.config.verb === 'abort-if-unfinished') {
    ledger.notes.push('Another run holds this release and is at work, so there is nothing of this one to abort.');
    return endedAtOnce('unchanged');
  }
  if (heldByAnother(record, seen.runId, seen.now)) throw lockedBy(record, session.ports.platform.records, seen.now);
  if (writesNothing(session.config)) return wouldFinish(record, isSplit(record) ? 'restore' : 'let-go', ledger);
  return abortHeld(session, seen, record, ledger);
}

/** Whether traffic may be on its way between the slots. */
function isSplit({ phase }: ReleaseRecord): boolean {
  return phase === 'switching' || phase === 'restoring';
}

/** Such as after a person said no at an environment's gate, between two jobs: green goes, as `failed-green` says. */
async function abortPrepared(session: Session, seen: Seen, record: ReleaseRecord, ledger: Ledger): Promise<Ending> {
  const walk = await takeOver(session, seen, record, ledger);
  const failures = await removeGreen(walk);
  const result = failures.length > 0 ? 'failed' : 'succeeded';
  await walk.journal.release('closed', result === 'failed' ? 'failed' : 'cancelled', session.ports.last);
  ledger.notes.push(`Version ${record.version}, which waited for its switch, will not be switched to by this release.`);
  return { ...endedAtOnce('succeeded'), result, failures };
}

/** An unconfirmed switch is put back; everything else is a clean state already, and is only let go. */
async function abortHeld(session: Session, seen: Seen, record: ReleaseRecord, ledger: Ledger): Promise<Ending> {
  const walk = await takeOver(session, seen, record, ledger);
  if (isSplit(record)) {
    const { failures } = await restoreRoutes(walk, true);
    const first = failures[0];
    await walk.journal.release(first ? 'restoring' : 'prepared', 'cancelled', session.ports.last);
    if (first) return stillHalfWay(failures);
  } else {
    ledger.notes.push(`The unfinished run was let go at ${record.phase}; the same command again goes on from there.`);
    await walk.journal.release(record.phase, 'cancelled', session.ports.last);
  }
  return { result: 'cancelled', phase: record.phase, failures: [], plan: undefined, journal: undefined };
}

/** Live traffic is not where it was, and a person has to look; unless another run has taken the release over. */
function stillHalfWay(failures: readonly FailureReport[]): Ending {
  const isTheirs = failures.some(({ code }) => code === 'TAKEN_OVER');
  const result = isTheirs ? 'refused' : 'rollback-failed';
  return { ...endedAtOnce('succeeded'), result, phase: 'restoring', failures };
}
