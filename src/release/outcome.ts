/** How a run ended, by what the platform says at the end, read afresh (P11); not by what the calls answered. */
import { asFailure } from '../failures.js';
import { within } from './deadline.js';
import { isTakenOver, type WalkEnd } from './engine.js';
import type { Journal } from './journal.js';
import type { Outcome, Plan, Result, Snapshot, TargetOutcome } from './model.js';
import { liveVersion, releaseName, slotState } from './plan.js';
import { inspectAll, type Session } from './session.js';
import { baseline, type Ledger } from './walk.js';

/** What came of a run before the platform is asked what is true. */
export interface Ending extends WalkEnd {
  readonly plan: Plan | undefined;
  readonly journal: Journal | undefined;
}

/** The last look has a deadline of its own: it is made after a cancel too, when seconds count. */
const LAST_LOOK_MS = 3_000;
/** Nothing is in flight then that is worth waiting for. */
const LAST_GRACE_MS = 250;

export async function concluded(session: Session, ledger: Ledger, startedAt: number, ending: Ending): Promise<Outcome> {
  const snapshots = await lastLook(session, ledger, ending.result);
  const result = truthful(ending, snapshots, ledger);
  await letGo(session, ledger, ending, result);
  const { config } = session;
  return {
    result,
    verb: config.verb,
    release: releaseName(config),
    version: config.version,
    startedAt,
    durationMs: session.ports.clock.now() - startedAt,
    targets: config.targets.map((target, index) =>
      targetOutcome(target.name, snapshots?.[index], ending.plan, ledger, result),
    ),
    steps: ledger.steps,
    findings: ledger.findings,
    changes: ledger.changes,
    checks: ledger.checks,
    evidence: { switches: ledger.switches, probes: ledger.probes },
    approvals: ledger.approvals,
    next: result === 'waiting' ? (ending.phase === 'prepared' ? 'switch' : 'teardown') : undefined,
    failures: ending.failures,
    notes: ledger.notes,
  };
}

async function lastLook(session: Session, ledger: Ledger, result: Result): Promise<readonly Snapshot[] | undefined> {
  // What stopped the run before anything was contacted or written may stop this look too; there is nothing to verify.
  if (result === 'invalid') return undefined;
  const { clock, last } = session.ports;
  const look = (signal: AbortSignal) => inspectAll(session, signal);
  try {
    return await within(clock, LAST_LOOK_MS, last, () => 'reading the platform at the end', look, LAST_GRACE_MS);
  } catch (thrown) {
    ledger.notes.push(`What is live now could not be read at the end: ${asFailure(thrown).message}`);
    return undefined;
  }
}

/** A result that the platform contradicts, or cannot be asked to support, is not claimed. */
function truthful(ending: Ending, snapshots: readonly Snapshot[] | undefined, ledger: Ledger): Result {
  const { result, plan } = ending;
  if (!plan || !ending.journal) return result;
  const claimsGreen = result === 'succeeded' || (result === 'waiting' && ending.phase === 'settled');
  const claimsBlue = result === 'rolled-back' || result === 'failed';
  if (!claimsGreen && !claimsBlue) return result;
  if (!snapshots) return claimsGreen ? 'degraded' : result === 'rolled-back' ? 'rollback-failed' : result;
  const wrong = plan.targets.filter(target => {
    const wanted = claimsGreen ? target.green : target.blue;
    return liveOf(snapshots, target.target) !== wanted;
  });
  if (wrong.length === 0) return result;
  for (const target of wrong) {
    const shown = liveOf(snapshots, target.target) ?? 'no declared slot';
    ledger.notes.push(
      `The platform shows ${shown} as live for ${target.target}, which is not what this run left; somebody else may have changed it.`,
    );
  }
  return claimsGreen ? 'degraded' : 'rollback-failed';
}

function liveOf(snapshots: readonly Snapshot[], target: string): string | undefined {
  return snapshots.find(snapshot => snapshot.target === target)?.live;
}

/** Frees the record with the result. A record that cannot be freed is taken over after its term, and that is said. */
async function letGo(
  session: Session,
  ledger: Ledger,
  { journal, phase, failures }: Ending,
  result: Result,
): Promise<void> {
  if (!journal || failures.some(isTakenOver)) return;
  const { clock, last } = session.ports;
  try {
    const free = (signal: AbortSignal) => journal.release(phase, result, signal);
    await within(clock, LAST_LOOK_MS, last, () => 'freeing the record', free, LAST_GRACE_MS);
  } catch (thrown) {
    ledger.notes.push(
      `The record could not be freed; the next run takes it over after its term. ${asFailure(thrown).message}`,
    );
  }
}

function targetOutcome(
  name: string,
  snapshot: Snapshot | undefined,
  plan: Plan | undefined,
  ledger: Ledger,
  result: Result,
): TargetOutcome {
  const planned = plan?.targets.find(target => target.target === name);
  const blue = planned && snapshot ? slotState(snapshot, planned.blue) : undefined;
  const isGreenLive = planned !== undefined && snapshot?.live === planned.green;
  const back = planned && baseline(planned).routes[0]?.text;
  const switched = ledger.switches.filter(write => write.target === name && write.to !== back).at(-1);
  return {
    target: name,
    live: snapshot?.live,
    liveVersion: snapshot && liveVersion(snapshot),
    previous: planned?.blue,
    previousVersion: planned?.blueVersion,
    // A command that would route to a blue that is gone is worse than none.
    rollbackCommand: isGreenLive && (blue?.size ?? 0) > 0 ? planned?.rollbackCommand : undefined,
    switchedAt: result === 'refused' ? undefined : switched?.at,
  };
}
