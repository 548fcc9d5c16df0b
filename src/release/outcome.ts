/** How a run ended, by what the platform says at the end, read afresh (P11); not by what the calls answered. */
import type { Config } from '../config/schema.js';
import { asFailure } from '../failures.js';
import { formatDuration } from '../lib/units.js';
import { within } from './deadline.js';
import { isTakenOver, type WalkEnd } from './engine.js';
import type { Journal } from './journal.js';
import type { Outcome, Plan, Result, Snapshot, SwitchEvidence, TargetOutcome, TargetPlan } from './model.js';
import { releaseName } from './plan.js';
import { inspectAll, type Session } from './session.js';
import { liveVersion, slotState } from './snapshot.js';
import { baseline, type Ledger } from './walk.js';

/** Whether a run only tells what it would do. */
export function writesNothing({ verb, 'dry-run': isDry }: Config): boolean {
  return verb === 'plan' || isDry;
}

/** What came of a run before the platform is asked what is true. */
export interface Ending extends WalkEnd {
  readonly plan: Plan | undefined;
  readonly journal: Journal | undefined;
}

/** An ending of a run that walked no step of its own: its plan and journal are nowhere. */
export function endedAtOnce(result: 'unchanged' | 'succeeded'): Ending {
  return { result, phase: 'closed', failures: [], plan: undefined, journal: undefined };
}

/** The last look and the last write have a deadline of their own: long enough for a platform that stumbles for a moment. */
const LAST_LOOK_MS = 8_000;
/** After a cancel seconds count. */
const LAST_LOOK_CANCELLED_MS = 3_000;
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
    targets: config.targets.map((target, index) => targetOutcome(target.name, snapshots?.[index], ending.plan, ledger)),
    steps: ledger.steps,
    findings: ledger.findings,
    changes: ledger.changes,
    checks: ledger.checks,
    evidence: { switches: ledger.switches, probes: ledger.probes, held: ledger.held ?? [] },
    approvals: ledger.approvals,
    ...(result === 'succeeded' && writesNothing(config) ? { isPlanned: true } : {}),
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
    return await within(
      clock,
      lastLookTime(session),
      last,
      () => 'reading the platform at the end',
      look,
      LAST_GRACE_MS,
    );
  } catch (thrown) {
    ledger.notes.push(`What is live now could not be read at the end: ${asFailure(thrown).message}`);
    return undefined;
  }
}

function lastLookTime({ cancel }: Session): number {
  return cancel.aborted ? LAST_LOOK_CANCELLED_MS : LAST_LOOK_MS;
}

/** A result that the platform contradicts, or cannot be asked to support, is not claimed. */
function truthful(ending: Ending, snapshots: readonly Snapshot[] | undefined, ledger: Ledger): Result {
  const { result, plan } = ending;
  if (!plan || !ending.journal) return result;
  if (ending.failures.some(isTakenOver)) return afterTakeover(plan, snapshots, ledger);
  const isAfter = (result === 'waiting' || result === 'degraded') && ending.phase === 'settled';
  const claimsGreen = result === 'succeeded' || isAfter;
  const claimsBlue = result === 'rolled-back' || result === 'failed';
  if (!claimsGreen && !claimsBlue) return result;
  if (!snapshots) return claimsGreen ? 'degraded' : result === 'rolled-back' ? 'rollback-failed' : result;
  const wrong = plan.targets.filter(target => {
    const live = liveOf(snapshots, target.target);
    // A target's first release has nothing to go back to: its green stays, and nothing else is claimed.
    if (claimsGreen || target.blue === undefined) return live !== target.green && (claimsGreen || live !== undefined);
    return live !== target.blue;
  });
  if (wrong.length === 0) return result;
  for (const target of wrong) {
    const shown = liveOf(snapshots, target.target) ?? 'no declared slot';
    ledger.notes.push(
      `The platform shows ${shown} as live for ${target.target}, which is not what this run left; somebody else may have changed it.`,
    );
  }
  if (!claimsGreen) return 'rollback-failed';
  // Somebody went back in the meantime: what green's liveness would have to support is not claimed.
  return wentBack(plan, snapshots) ? 'rolled-back' : 'degraded';
}

function wentBack({ targets }: Plan, snapshots: readonly Snapshot[]): boolean {
  return targets.every(({ target, blue }) => blue !== undefined && liveOf(snapshots, target) === blue);
}

/** Whoever took the release over decides what becomes of it; this run says what it did and what it left. */
function afterTakeover(plan: Plan, snapshots: readonly Snapshot[] | undefined, ledger: Ledger): Result {
  if (!plan.targets.some(target => switchOf(target, ledger))) return 'refused';
  ledger.notes.push('This run had moved live traffic before it lost the release; what is live may change once more.');
  return snapshots && wentBack(plan, snapshots) ? 'rolled-back' : 'degraded';
}

/** The last write of this run that moved a target's traffic away from what it was. */
function switchOf(planned: TargetPlan, ledger: Ledger): SwitchEvidence | undefined {
  const back = baseline(planned).routes[0]?.text;
  return ledger.switches.filter(write => write.target === planned.target && write.to !== back).at(-1);
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
    await within(clock, lastLookTime(session), last, () => 'freeing the record', free, LAST_GRACE_MS);
  } catch (thrown) {
    ledger.notes.push(
      `The record could not be freed; another run takes it over ${formatDuration(session.config.lock.term)} after this one was heard of last. ${asFailure(thrown).message}`,
    );
  }
}

function targetOutcome(
  name: string,
  snapshot: Snapshot | undefined,
  plan: Plan | undefined,
  ledger: Ledger,
): TargetOutcome {
  const planned = plan?.targets.find(target => target.target === name);
  const blue = planned && snapshot ? slotState(snapshot, planned.blue) : undefined;
  const isGreenLive = planned !== undefined && snapshot?.live === planned.green;
  return {
    target: name,
    live: snapshot?.live,
    liveVersion: snapshot && liveVersion(snapshot),
    previous: planned?.blue,
    previousVersion: planned?.blueVersion,
    // A command that would route to a blue that is gone is worse than none.
    rollbackCommand: isGreenLive && (blue?.size ?? 0) > 0 ? planned?.rollbackCommand : undefined,
    switchedAt: planned && switchOf(planned, ledger)?.at,
  };
}
