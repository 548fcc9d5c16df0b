/** Brings a release that another run left half-way to its end, before anything new is begun. */
import { failure } from '../failures.js';
import { fenceOff } from './fence.js';
import { Journal } from './journal.js';
import type { Result } from './model.js';
import { type Ending, endedAtOnce } from './outcome.js';
import { holderText, type Phase, type ReleaseRecord } from './record.js';
import { recordedPlan } from './recorded.js';
import { restoreRoutes } from './recovery.js';
import { journalPorts, type Seen, type Session, standStillOf } from './session.js';
import { type Ledger, legsOf, type Walk } from './walk.js';

const WOULD = {
  restore: 'first be undone: its previous routing would be put back',
  accept: 'first be brought to its end: it is confirmed, and would stay live',
  'let-go': 'be let go where it is',
  'take-away': 'be taken away, as failed-green says',
};

/** In the place of what would be written before anything else: what comes after it can be planned when it is done. */
export function wouldFinish({ version, phase }: ReleaseRecord, how: keyof typeof WOULD, ledger: Ledger): Ending {
  ledger.notes.push(
    `The release of version ${version} was left half-way (${phase}), and would ${WOULD[how]}. Nothing was written; ask for the plan again once that is done.`,
  );
  return endedAtOnce('succeeded');
}

/**
 * `restore`: its switch was never confirmed, so the previous routing is put back. `accept`: its green was confirmed, so
 * it stays live and only its record is closed. Uses no cancel: it is short, and half of it is worse than all of it.
 * @throws RESTORE_FAILED when live traffic could not be put back.
 */
export async function finishFirst(
  session: Session,
  seen: Seen,
  record: ReleaseRecord,
  how: 'restore' | 'accept',
  ledger: Ledger,
): Promise<void> {
  const { ports } = session;
  const left = record.holder ? ` by ${holderText(record.holder)}` : '';
  ports.log.info(
    `Version ${record.version} was left half-way${left} (${record.phase}); it is brought to its end first.`,
  );
  const walk = await takeOver(session, seen, record, ledger);
  if (how === 'accept') {
    ledger.notes.push(`The unfinished release of version ${record.version} was confirmed already, so it stays live.`);
    return endRecord(walk, 'closed', 'succeeded');
  }
  const { failures } = await restoreRoutes(walk, false);
  const first = failures[0];
  if (first) {
    await endRecord(walk, 'restoring', 'rollback-failed');
    throw failure(
      'RESTORE_FAILED',
      { reason: first.message, commands: [] },
      { details: failures.map(each => each.hint) },
    );
  }
  ledger.notes.push(`The unfinished release of version ${record.version} was undone.`);
  return endRecord(walk, 'closed', 'rolled-back');
}

/** Claims the record of a dead run, with the plan that the record holds. @throws RECORD_UNREADABLE and ROUTE_UNREADABLE. */
export async function takeOver(session: Session, seen: Seen, record: ReleaseRecord, ledger: Ledger): Promise<Walk> {
  const { config, ports } = session;
  const plan = recordedPlan(session, record, 'run', 'close');
  const journal = await Journal.claim(journalPorts(session), plan, record.phase, seen.found, ports.last);
  if (!journal) throw failure('TAKEN_OVER', { holder: 'another run was faster to take it over' });
  const walk: Walk = {
    config,
    ports,
    journal,
    ledger,
    plan,
    legs: legsOf(config, plan),
    probes: new Map(),
    standStill: standStillOf(session),
  };
  await fenceOff(walk, record, ports.last);
  return walk;
}

async function endRecord(walk: Walk, phase: Phase, result: Result): Promise<void> {
  await walk.journal.release(phase, result, walk.ports.last);
}
