/** The record taken for this run, kept alive while the plan is walked. */
import { asFailure, type Failure, failure } from '../failures.js';
import type { Begun } from './begin.js';
import { aborted, within } from './deadline.js';
import { walkPlan } from './engine.js';
import { fenceOff } from './fence.js';
import { mayWait } from './free.js';
import { Journal, lockedBy, readFrom } from './journal.js';
import type { Result } from './model.js';
import type { Ending } from './outcome.js';
import { holderText, released, writeRecord } from './record.js';
import { journalPorts, LOOK_MS, observe, type Seen, type Session, standStillOf } from './session.js';
import { told } from './tell.js';
import { type Ledger, legsOf, type Walk } from './walk.js';

/**
 * Claims the record and walks the plan. When somebody else was faster, a run that may wait begins `again` from its first
 * look. @throws LOCKED when it may not (P9).
 */
export async function walkClaimed(
  session: Session,
  begun: Begun,
  seen: Seen,
  ledger: Ledger,
  signal: AbortSignal,
  again: () => Promise<Ending>,
): Promise<Ending> {
  const { config, ports } = session;
  const { plan } = begun;
  const { journal } = await claim(session, begun, seen, ledger, signal);
  if (!journal) return await again();
  const over = new AbortController();
  const lost = new AbortController();
  const alive = journal.keepAlive(
    over.signal,
    thrown => lost.abort(thrown),
    text => ports.log.warning(text),
  );
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
  try {
    await fenceOff(walk, seen.record, signal);
    const end = await walkPlan(walk, AbortSignal.any([signal, lost.signal]));
    return { ...end, plan, journal };
  } finally {
    over.abort();
    // A renewal in flight gets its answer, unless there is no time left for it.
    await Promise.race([alive, aborted(ports.last)]);
  }
}

function claim(session: Session, { plan, phase }: Begun, seen: Seen, ledger: Ledger, signal: AbortSignal) {
  const { ports } = session;
  return told(ports, ledger, 'claim', `the record of ${plan.release}`, async () => {
    const take = (own: AbortSignal) => Journal.claim(journalPorts(session), plan, phase, seen.found, own);
    const taking = within(ports.clock, LOOK_MS, signal, () => 'claiming the record', take);
    const journal = await taking.catch(async thrown => {
      await letGoUnseen(session, plan.release, seen.found?.revision, signal.aborted ? 'cancelled' : 'failed');
      throw thrown;
    });
    if (!journal) {
      const locked = await overtaken(session, signal);
      if (!mayWait(session)) throw locked;
      return { journal, detail: `another run was faster. ${locked.message}` };
    }
    const { holder } = journal.record;
    return { journal, detail: `held by ${holder ? holderText(holder) : 'nobody'}` };
  });
}

/** For a claim that may have been made, though its answer was not waited for: nobody shall have to wait for its term. */
const UNSEEN_MS = 3_000;

async function letGoUnseen(session: Session, release: string, before: string | undefined, result: Result) {
  const { clock, last, log, platform } = session.ports;
  const letGo = async (signal: AbortSignal) => {
    const found = await readFrom(platform.records, release, signal);
    if (found?.record.holder?.id !== session.identity.id || found.revision === before) return;
    const free = released(found.record, found.record.phase, result);
    await platform.records.update(release, session.redact(writeRecord(free)), found.revision, signal);
  };
  try {
    await within(clock, UNSEEN_MS, last, () => 'looking whether the record was claimed', letGo, 0);
  } catch (thrown) {
    log.debug(`Whether the record was claimed is not known: ${asFailure(thrown).message}`);
  }
}

/** Two runs saw a free record, and the other one was faster. */
async function overtaken(session: Session, signal: AbortSignal): Promise<Failure> {
  const seen = await observe(session, signal);
  if (seen.record) return lockedBy(seen.record, session.ports.platform.records, seen.now);
  return failure('NOTHING_TO_DO', {
    verb: session.config.verb,
    reason: 'the record vanished while it was being claimed',
  });
}
