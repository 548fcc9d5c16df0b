/**
 * The record of a release: lock and journal as data, kept on the platform beside the workload.
 * Pure: transitions, takeover, and what a later run may conclude. `journal.ts` carries it to the platform.
 */
import { failure } from '../failures.js';
import type { Asked, Gate } from './ask.js';
import type { Approval, Plan, Result, Routing, Slot, Stage, StepName } from './model.js';

export const RECORD_FORMAT = 1;

/** A holder that has not renewed for this long counts as dead, unless its record names another term. */
export const TERM_MS = 60_000;

/** How often a holder renews within its term: two renewals may fail before it counts as dead. */
const RENEWALS_PER_TERM = 3;

/** The journal keeps the newest entries: a record stays small enough for any platform. */
const JOURNAL_LENGTH = 40;

/**
 * How far a release is, as far as another run has to know it:
 * - `prepared`: nothing was switched; undoing means removing green
 * - `switching`: a routing write may have been made and is not confirmed
 * - `confirmed`: green is live and proven, blue still full
 * - `settled`: the bake is over; only blue's removal is left
 * - `restoring`: the previous routing is being put back
 * - `closed`: nothing is left to do
 */
export type Phase = 'prepared' | 'switching' | 'confirmed' | 'settled' | 'restoring' | 'closed';

export interface Holder {
  readonly id: string;
  readonly actor: string;
  readonly link: string | null;
  readonly since: number;
  /** When it last wrote the record. */
  readonly heardAt: number;
  /** How long it may be silent; records of earlier versions do not say, and mean `TERM_MS`. */
  readonly term?: number;
}

export interface TargetRecord {
  /** A fingerprint of what green is made from, where it is made from anything. */
  readonly definition?: string;
  readonly target: string;
  readonly blue: Slot | null;
  readonly green: Slot;
  readonly blueVersion: string | null;
  readonly size: number;
  /** The routing to go back to (P5). */
  readonly previous: Routing;
  readonly next: Routing;
  /** What comes before `next`; records of switches in one write have none. */
  readonly stages?: readonly Stage[];
  /** How many instances are exchanged at a time; left out where both slots are at full size. */
  readonly batch?: number;
  readonly rollbackCommand: string | null;
  /** Of a rollback: the version of this target that is gone back to; null: any. Else it is the record's. */
  readonly version?: string | null;
}

export interface JournalEntry {
  readonly at: number;
  readonly step: StepName;
  readonly state: 'begun' | 'done' | 'failed';
}

export interface ReleaseRecord {
  readonly format: typeof RECORD_FORMAT;
  readonly release: string;
  /** Grows with every claim: tells a holder from the one that took over. */
  readonly fence: number;
  readonly holder: Holder | null;
  readonly version: string;
  /** When it was claimed first, in milliseconds since the epoch: stays until it has ended. Older records do not say. */
  readonly began?: number;
  /** The release is one that takes another one back. */
  readonly rollback?: true;
  readonly phase: Phase;
  readonly result: Result | null;
  readonly targets: readonly TargetRecord[];
  readonly journal: readonly JournalEntry[];
  /** The question that is put at a gate and not yet decided. */
  readonly asked?: Asked;
  /** One of an earlier release that nobody decided: it is still to be taken back where it was put. */
  readonly stale?: Asked;
  /** What people decided about this version, and on which plan. */
  readonly decisions?: readonly DecidedApproval[];
}

/** A decision and the digest of the plan that it is bound to. */
export type DecidedApproval = Approval & { readonly digest: string };

/** The first record of a release, or the next one after a finished or dead one. */
export function claimed(previous: ReleaseRecord | undefined, plan: Plan, holder: Holder, phase: Phase): ReleaseRecord {
  return {
    format: RECORD_FORMAT,
    release: plan.release,
    fence: (previous?.fence ?? 0) + 1,
    holder,
    version: plan.version,
    began: (goesOn(previous, plan) ? previous?.began : undefined) ?? holder.since,
    ...(plan.rollback ? { rollback: true } : {}),
    phase,
    result: null,
    targets: plan.targets.map(target => ({
      target: target.target,
      blue: target.blue ?? null,
      green: target.green,
      blueVersion: target.blueVersion ?? null,
      size: target.size,
      previous: target.adopted ?? target.previous,
      next: target.next,
      ...(target.stages.length > 0 ? { stages: target.stages } : {}),
      ...(target.batch === undefined ? {} : { batch: target.batch }),
      rollbackCommand: target.rollbackCommand ?? null,
      ...(target.definition === undefined ? {} : { definition: target.definition }),
      ...(plan.rollback ? { version: target.version ?? null } : {}),
    })),
    journal: [],
    ...askedOf(previous, plan),
  };
}

/** Whether the plan is of the release that the record is about, which has not ended. */
function goesOn(previous: ReleaseRecord | undefined, { version }: Plan): boolean {
  return previous?.version === version && previous.phase !== 'closed';
}

/** What people were asked and said about a version outlives the run that asked, and not the end of its release. */
function askedOf(
  previous: ReleaseRecord | undefined,
  plan: Plan,
): Pick<ReleaseRecord, 'asked' | 'stale' | 'decisions'> {
  const { asked, stale, decisions } = previous ?? {};
  if (goesOn(previous, plan)) {
    return { ...(asked && { asked }), ...(stale && { stale }), ...(decisions && { decisions }) };
  }
  const left = asked ?? stale;
  return left ? { stale: left } : {};
}

/** The same question, put by an earlier run and still without an answer. */
export function askedBefore(record: ReleaseRecord, gate: Gate, digest: string): Asked | undefined {
  return record.asked?.gate === gate && record.asked.digest === digest ? record.asked : undefined;
}

/** A question that was put and that another one takes the place of. */
export function staleQuestion({ asked, stale }: ReleaseRecord, gate: Gate, digest: string): Asked | undefined {
  return asked && (asked.gate !== gate || asked.digest !== digest) ? asked : stale;
}

/** The approval of this very plan that an earlier run got. */
export function approvedBefore(record: ReleaseRecord, gate: Gate, digest: string): Approval | undefined {
  const fits = (one: DecidedApproval) => one.gate === gate && one.digest === digest && one.decision === 'approved';
  return record.decisions?.findLast(fits);
}

/** The record once a question was put. */
export function withQuestion({ stale: _, ...record }: ReleaseRecord, asked: Asked): ReleaseRecord {
  return { ...record, asked };
}

/** The record once it was answered: the question is over. */
export function withDecision({ asked: _, ...record }: ReleaseRecord, decided: DecidedApproval): ReleaseRecord {
  return { ...record, decisions: [...(record.decisions ?? []), decided] };
}

/** The record after a step began, ended or failed, in the phase that the step brings about. */
export function noted(
  record: ReleaseRecord,
  step: StepName,
  state: JournalEntry['state'],
  phase: Phase,
  now: number,
): ReleaseRecord {
  return withEntries({ ...renewed(record, now), phase }, [{ at: now, step, state }]);
}

/** The record with more entries in its journal; the newest are kept. */
export function withEntries(record: ReleaseRecord, entries: readonly JournalEntry[]): ReleaseRecord {
  return { ...record, journal: [...record.journal, ...entries].slice(-JOURNAL_LENGTH) };
}

export function renewed(record: ReleaseRecord, now: number): ReleaseRecord {
  return record.holder ? { ...record, holder: { ...record.holder, heardAt: now } } : record;
}

/** The record, let go: free for the next run, and still telling what happened. */
export function released(record: ReleaseRecord, phase: Phase, result: Result): ReleaseRecord {
  return { ...record, holder: null, phase, result };
}

/** How long a holder may be silent before it may be taken over. */
export function termOf(holder: Holder | null): number {
  return holder?.term ?? TERM_MS;
}

/** How long a holder waits between two renewals. */
export function renewalPause(holder: Holder | null): number {
  return termOf(holder) / RENEWALS_PER_TERM;
}

/** Whether somebody else is at work on this release (P9). The same run's other job, or its post step, is not somebody else. */
export function heldByAnother(record: ReleaseRecord, id: string, now: number): boolean {
  return record.holder !== null && record.holder.id !== id && now - record.holder.heardAt < termOf(record.holder);
}

/** Whether a release was begun and neither finished nor undone. */
export function unfinished(record: ReleaseRecord | undefined): record is ReleaseRecord {
  return record !== undefined && record.phase !== 'closed';
}

/** Such as `alice, run 123 (https://…)`. */
export function holderText(holder: Holder): string {
  return `${holder.actor}, run ${holder.id}${holder.link ? ` (${holder.link})` : ''}`;
}

/** The step that was last begun, for people. */
export function lastStep(record: ReleaseRecord): StepName {
  return record.journal.at(-1)?.step ?? 'claim';
}

/** JSON that a person can read with the platform's own client. */
export function writeRecord(record: ReleaseRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

/**
 * Reads a record. Older formats are brought up to date here, when there are any.
 * @throws RECORD_UNREADABLE for text that is no record, and for a format newer than this program.
 */
export function readRecord(text: string, command: string): ReleaseRecord {
  const unreadable = (reason: string, cause?: unknown) => failure('RECORD_UNREADABLE', { reason, command }, { cause });
  let parsed: Partial<ReleaseRecord> | null;
  try {
    parsed = JSON.parse(text) as Partial<ReleaseRecord> | null;
  } catch (cause) {
    throw unreadable('it is not JSON', cause);
  }
  if (typeof parsed?.format !== 'number' || !Array.isArray(parsed.targets) || !Array.isArray(parsed.journal)) {
    throw unreadable('it lacks a format number, its targets or its journal');
  }
  if (parsed.format > RECORD_FORMAT) {
    throw unreadable(
      `its format ${parsed.format} is newer than ${RECORD_FORMAT}, the newest that this version of Cutover knows`,
    );
  }
  const { targets, ...record } = parsed as ReleaseRecord;
  return { ...record, targets: targets.map(withStages) };
}

/** Records of earlier versions name the one stage that there was by another word. */
function withStages({ overlap, ...target }: TargetRecord & { readonly overlap?: Routing | null }): TargetRecord {
  return overlap ? { ...target, stages: [{ routing: overlap, share: undefined }] } : target;
}
