/** The rollback verb: traffic back to the slot that was live before, in one step, with no checks made again. */
import { failure } from '../failures.js';
import type { Roles } from '../platforms/port.js';
import { type Begun, propose } from './begin.js';
import { walkClaimed } from './claim.js';
import { within } from './deadline.js';
import { finishFirst, wouldFinish } from './finish.js';
import { observeFree } from './free.js';
import { lockedBy } from './journal.js';
import { type Ending, endedAtOnce, writesNothing } from './outcome.js';
import { heldByAnother, type ReleaseRecord, type TargetRecord } from './record.js';
import { recordedPlan } from './recorded.js';
import { LOOK_MS, type Seen, type Session } from './session.js';
import { liveVersion, slotState } from './snapshot.js';
import { told } from './tell.js';
import type { Ledger } from './walk.js';

export async function rollback(
  session: Session,
  show: (begun: Begun) => void,
  ledger: Ledger,
  signal: AbortSignal,
): Promise<Ending> {
  const { seen } = await told(session.ports, ledger, 'inspect', 'what there is to go back to', async () => {
    const looked = await observeFree(session, signal);
    return { seen: looked, detail: looked.record ? `the record says ${looked.record.phase}` : 'there is no record' };
  });
  const { record } = seen;
  if (record && heldByAnother(record, seen.runId, seen.now)) {
    throw lockedBy(record, session.ports.platform.records, seen.now);
  }
  if (session.config['if-live'] && !isOurs(session, seen)) {
    ledger.notes.push(`Version ${session.config.version} is not live, so there is nothing of it to roll back.`);
    return endedAtOnce('unchanged');
  }
  if (record && isBackAlready(record, seen)) {
    const gone = [...new Set(takenBack(record))].map(version => version ?? '(not known)').join(', ');
    ledger.notes.push(
      `Version ${gone} was rolled back already, and nothing was changed. To make it live again, release it.`,
    );
    return endedAtOnce('unchanged');
  }
  const isHalfBack = record?.rollback === true && isSwitched(record);
  if (record && isSwitched(record) && record.phase !== (isHalfBack ? 'switching' : undefined)) {
    if (writesNothing(session.config)) return wouldFinish(record, 'restore', ledger);
    await finishFirst(session, seen, record, 'restore', ledger);
    // What took a release back and was undone itself has to be begun anew.
    if (isHalfBack) return rollback(session, show, ledger, signal);
    return endedAtOnce('succeeded');
  }
  const begun = isHalfBack ? goOn(session, record) : await planBack(session, seen, signal);
  show(begun);
  if (writesNothing(session.config)) return { ...endedAtOnce('succeeded'), plan: begun.plan };
  const again = () => rollback(session, show, ledger, signal);
  return walkClaimed(keepingEverything(session), begun, seen, ledger, signal, again);
}

/** Whether a rollback of this version has anything to take back: it serves somewhere, or its switch is unfinished. */
function isOurs({ config }: Session, { snapshots, record }: Seen): boolean {
  if (record && isSwitched(record) && takenBack(record).includes(config.version)) return true;
  return snapshots.some(snapshot => liveVersion(snapshot) === config.version);
}

/**
 * Whether the last thing done was to go back, by this verb or by the release itself, and nothing else went live since:
 * the same command again never goes forward to what was taken back.
 */
function isBackAlready(record: ReleaseRecord, { snapshots }: Seen): boolean {
  const isDone = record.result === (record.rollback ? 'succeeded' : 'rolled-back');
  if (record.phase !== 'closed' || !isDone) return false;
  return snapshots.every(({ target, live }) => {
    const recorded = targetRecord(record, target);
    return live !== null && live === (record.rollback ? recorded?.green : recorded?.blue);
  });
}

/** What a record takes back or took back, or what would be taken back of it. */
function takenBack(record: ReleaseRecord): readonly (string | null)[] {
  return record.rollback ? record.targets.map(target => target.blueVersion) : [record.version];
}

function isSwitched({ phase }: ReleaseRecord): boolean {
  return phase === 'switching' || phase === 'confirmed' || phase === 'restoring';
}

const STEPS_BACK = ['inspect', 'claim', 'deploy', 'ready', 'switch', 'confirm', 'close'] as const;

/** A switch with the roles exchanged: the slot to go to is the one that is not live. */
async function planBack(session: Session, seen: Seen, signal: AbortSignal): Promise<Begun> {
  const roles = new Map(
    session.config.targets.map((target, index) => [target.name, rolesBack(session, seen, target.name, index)]),
  );
  const ask = (own: AbortSignal) => propose(session, 'switch', roles, seen, own);
  const plan = await within(session.ports.clock, LOOK_MS, signal, () => 'planning the way back', ask);
  const [version, ...others] = new Set(plan.targets.map(target => target.version ?? plan.version));
  const back = version === undefined || others.length > 0 ? plan.version : version;
  return { plan: { ...plan, version: back, rollback: true, steps: STEPS_BACK }, phase: 'prepared' };
}

/** A rollback that an earlier run left half-way, by its record. */
function goOn(session: Session, record: ReleaseRecord): Begun {
  session.ports.log.info(`The way back to version ${record.version} was left half-way (${record.phase}); going on.`);
  return { plan: { ...recordedPlan(session, record, 'run', 'close'), steps: STEPS_BACK }, phase: record.phase };
}

function rolesBack({ config }: Session, seen: Seen, name: string, index: number): Roles {
  const snapshot = seen.snapshots[index];
  const slots = config.targets[index]?.slots;
  const live = snapshot?.live;
  const back = slots && (live === slots.green ? slots.blue : slots.green);
  const state = snapshot && slotState(snapshot, back);
  const recorded = targetRecord(seen.record, name);
  if (!live || !back || !state?.exists) {
    const reason = `${back ?? `the other slot of ${name}`} is not there any more; release the previous version again`;
    throw failure('NOTHING_TO_DO', { verb: 'rollback', reason });
  }
  if (recorded?.green === back && recorded.blue === live && neverStayedLive(seen.record)) {
    const reason = `${back} has version ${state.version ?? '(not known)'}, which was deployed and never stayed live; the switch verb makes it live`;
    throw failure('NOTHING_TO_DO', { verb: 'rollback', reason });
  }
  const liveSize = (snapshot && slotState(snapshot, live)?.size) || 1;
  const size = recorded?.blue === back ? Math.max(recorded.size, liveSize) : liveSize;
  return { blue: live, green: back, version: state.version, size, teardown: 'keep', way: 'atomic', shares: [] };
}

/** Whether the green of a record was deployed without becoming live for good. */
function neverStayedLive(record: ReleaseRecord | undefined): boolean {
  return record !== undefined && !record.rollback && record.result !== 'succeeded';
}

function targetRecord(record: ReleaseRecord | undefined, name: string): TargetRecord | undefined {
  return record?.targets.find(target => target.target === name);
}

/** A rollback removes nothing, whatever a release is told to remove. */
function keepingEverything(session: Session): Session {
  const config = { ...session.config, 'failed-green': 'keep' as const, settle: 0 };
  return { ...session, config };
}
