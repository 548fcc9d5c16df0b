/** The story of a release, from the first look at the platform to the outcome. */
import { asFailure, failure, reportFailure } from './failures.js';
import { abort } from './release/abort.js';
import { type Begun, begin } from './release/begin.js';
import { walkClaimed } from './release/claim.js';
import { deadline } from './release/deadline.js';
import { finishFirst, wouldFinish } from './release/finish.js';
import { mayWait, observeFree } from './release/free.js';
import { lockedBy } from './release/journal.js';
import type { Outcome, Snapshot } from './release/model.js';
import { concluded, type Ending, endedAtOnce, writesNothing } from './release/outcome.js';
import { decide, isSlice, type SliceVerb } from './release/plan.js';
import { rollback } from './release/rollback.js';
import { observe, type Session } from './release/session.js';
import { slotState } from './release/snapshot.js';
import { told } from './release/tell.js';
import { emptyLedger, type Ledger } from './release/walk.js';

/** Runs a verb. It does not throw: whatever happens is an outcome. `show` is told the plan before it is walked. */
export async function run(session: Session, show: (begun: Begun) => void): Promise<Outcome> {
  const ledger = emptyLedger();
  const { config, ports, cancel } = session;
  const startedAt = ports.clock.now();
  const doing = () => `making ${config.verb} of version ${config.version}`;
  const total = deadline(ports.clock, config.deadline, cancel, doing);
  const patient = { ...session, standStill: total.standStill };
  const ending = await tell(patient, show, ledger, total.signal).catch(thrown => stopped(thrown, ledger, cancel));
  total.end();
  return concluded(session, ledger, startedAt, ending);
}

function tell(session: Session, show: (begun: Begun) => void, ledger: Ledger, signal: AbortSignal): Promise<Ending> {
  const { verb } = session.config;
  if (isSlice(verb)) return story(session, verb, show, ledger, signal);
  if (verb === 'rollback') return rollback(session, show, ledger, signal);
  return abort(session, ledger, signal);
}

async function story(
  session: Session,
  verb: SliceVerb,
  show: (begun: Begun) => void,
  ledger: Ledger,
  signal: AbortSignal,
): Promise<Ending> {
  const { seen, decision } = await inspect(session, verb, ledger, signal);
  const again = () => story(session, verb, show, ledger, signal);
  switch (decision.kind) {
    case 'unchanged':
      ledger.notes.push(
        `Version ${session.config.version} is live already, so there is nothing to ${verb === 'teardown' ? 'take away' : 'release'}.`,
      );
      return endedAtOnce('unchanged');
    case 'nothing':
      throw failure('NOTHING_TO_DO', { verb, reason: decision.reason });
    case 'locked':
      throw lockedBy(decision.record, session.ports.platform.records, seen.now);
    case 'refuse':
      throw failure('UNFINISHED', { version: decision.record.version, wanted: session.config.version });
    case 'finish-first':
      if (writesNothing(session.config)) return wouldFinish(decision.record, decision.how, ledger);
      try {
        await finishFirst(session, seen, decision.record, decision.how, ledger);
      } catch (thrown) {
        // Another run was faster to bring it to its end.
        if (asFailure(thrown).code !== 'TAKEN_OVER' || !mayWait(session)) throw thrown;
        return again();
      }
      return asWritten(await again());
    case 'begin':
    case 'resume': {
      const begun = await begin(session, verb, decision, seen, ledger, signal);
      show(begun);
      if (writesNothing(session.config)) return { ...endedAtOnce('succeeded'), plan: begun.plan };
      return walkClaimed(session, begun, seen, ledger, signal, again);
    }
  }
}

function inspect(session: Session, verb: SliceVerb, ledger: Ledger, signal: AbortSignal) {
  const title = `what is there of ${session.config.targets.map(target => target.name).join(', ')}`;
  return told(session.ports, ledger, 'inspect', title, async () => {
    const seen = await (verb === 'plan' ? observe : observeFree)(session, signal);
    const decision = decide(session.config, verb, seen);
    return { seen, decision, detail: seen.snapshots.map(describe).join('; ') };
  });
}

/** Such as `shop: shop-blue is live with version 1.4, 3/3 ready`. */
function describe(snapshot: Snapshot): string {
  const live = slotState(snapshot, snapshot.live);
  if (!live) return `${snapshot.target}: no slot has all of the traffic`;
  return `${snapshot.target}: ${live.slot} is live with version ${live.version ?? '(not known)'}, ${live.ready}/${live.size} ready`;
}

/** A run that brought another one to its end has written, though its own version turned out to be live by that. */
function asWritten(ending: Ending): Ending {
  return ending.result === 'unchanged' ? { ...ending, result: 'succeeded' } : ending;
}

/** A failure before anything was walked: nothing of this run is on the platform. */
function stopped(thrown: unknown, ledger: Ledger, cancel: AbortSignal): Ending {
  const failed = asFailure(thrown);
  const step = ledger.steps.findLast(report => report.status !== 'done')?.step;
  return {
    // What fails for want of time after a signal was stopped by the signal.
    result: cancel.aborted && failed.result === 'failed' ? 'cancelled' : failed.result,
    phase: 'closed',
    failures: [reportFailure(failed, step)],
    plan: undefined,
    journal: undefined,
  };
}
