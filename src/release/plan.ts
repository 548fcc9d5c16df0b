/** What to do, from what is there: who is blue and green, and which steps are left. Pure. */
import type { Config } from '../config/schema.js';
import type { Proposal, Roles } from '../platforms/port.js';
import {
  type Plan,
  type SlotState,
  type Snapshot,
  STEP_NAMES,
  type StepName,
  type TargetPlan,
  type Verb,
} from './model.js';
import { heldByAnother, type ReleaseRecord, type TargetRecord, unfinished } from './record.js';
import { rolesOfAll, teardownRoles } from './roles.js';
import { liveVersion, slotState } from './snapshot.js';

/** The slice of the story that each verb walks. */
export const SLICES: Readonly<Record<'run' | 'plan' | 'deploy' | 'switch' | 'teardown', readonly StepName[]>> = {
  run: STEP_NAMES,
  plan: ['inspect', 'preflight'],
  deploy: ['inspect', 'preflight', 'claim', 'deploy', 'ready', 'verify', 'close'],
  switch: ['inspect', 'claim', 'ready', 'gate-switch', 'switch', 'confirm', 'bake', 'close'],
  teardown: ['inspect', 'claim', 'gate-teardown', 'drain', 'teardown', 'close'],
};

export type SliceVerb = keyof typeof SLICES;

/** What the platform shows of a release, all targets and the record. */
export interface Observed {
  readonly snapshots: readonly Snapshot[];
  readonly record: ReleaseRecord | undefined;
  readonly now: number;
  /** This run's own name, to know its own earlier claim. */
  readonly runId: string;
}

export type Decision =
  /** Every target serves this version already (P10). */
  | { readonly kind: 'unchanged' }
  /** Somebody else is at work (P9). */
  | { readonly kind: 'locked'; readonly record: ReleaseRecord }
  /** Another version's release was left half-way and has to be brought to its end first. */
  | { readonly kind: 'finish-first'; readonly record: ReleaseRecord; readonly how: 'restore' | 'accept' }
  /** This version's release was left half-way: go on from its record. */
  | { readonly kind: 'resume'; readonly record: ReleaseRecord; readonly from: StepName }
  | { readonly kind: 'begin'; readonly roles: ReadonlyMap<string, Roles> }
  /** The same, where the configuration says that a person decides. */
  | { readonly kind: 'refuse'; readonly record: ReleaseRecord }
  | { readonly kind: 'nothing'; readonly reason: string };

/** Where a release of the same version goes on, by the phase that its record shows; undefined: from the beginning. */
function resumesAt(
  record: ReleaseRecord,
  slice: readonly StepName[],
  snapshots: readonly Snapshot[],
): StepName | undefined {
  switch (record.phase) {
    case 'switching':
      return slice.includes('deploy') && lacksGreen(record, snapshots) ? 'deploy' : 'ready';
    case 'confirmed':
      return 'bake';
    case 'settled':
      return 'gate-teardown';
    default:
      return undefined;
  }
}

/**
 * Whether no traffic has moved yet, and a green has no instances any more: where they are started anew on their way to
 * users, a run may have been stopped between the two.
 */
function lacksGreen({ targets }: ReleaseRecord, snapshots: readonly Snapshot[]): boolean {
  const greens = targets.map(({ target, green }) => {
    const snapshot = snapshots.find(one => one.target === target);
    return { isLive: snapshot?.live === green, size: snapshot?.slots.find(({ slot }) => slot === green)?.size ?? 0 };
  });
  return greens.every(({ isLive }) => !isLive) && greens.some(({ size }) => size === 0);
}

/** Decides what a verb has to do. The order of the questions is the order of what could hurt live traffic. */
export function decide(config: Config, verb: SliceVerb, observed: Observed): Decision {
  const { record, now, runId } = observed;
  if (record && heldByAnother(record, runId, now)) return { kind: 'locked', record };
  if (unfinished(record)) {
    const half = decideUnfinished(config, verb, record, observed.snapshots);
    if (half) return half;
  }
  if (verb === 'switch' || verb === 'teardown') return decideLater(config, verb, observed);
  if (observed.snapshots.every(snapshot => liveVersion(snapshot) === config.version)) return { kind: 'unchanged' };
  return { kind: 'begin', roles: rolesOfAll(config, observed.snapshots) };
}

function decideUnfinished(
  config: Config,
  verb: SliceVerb,
  record: ReleaseRecord,
  snapshots: readonly Snapshot[],
): Decision | undefined {
  const isOther = record.version !== config.version || record.rollback;
  if (isOther && config.unfinished === 'refuse') return { kind: 'refuse', record };
  if (record.rollback && record.phase === 'switching') return decideHalfRollback(record, snapshots);
  // Somebody else put the route back since: that release is over, whatever its record says.
  if ((record.phase === 'confirmed' || record.phase === 'settled') && !isLive(record, snapshots)) return undefined;
  if (record.phase === 'restoring') return { kind: 'finish-first', record, how: 'restore' };
  if (record.version === config.version) return decideResume(verb, record, snapshots);
  if (record.phase === 'switching') return { kind: 'finish-first', record, how: 'restore' };
  if (record.phase === 'confirmed') return { kind: 'finish-first', record, how: 'accept' };
  return undefined;
}

/** Traffic that a rollback has moved stays where it is: whoever asked for that had a reason. */
function decideHalfRollback(record: ReleaseRecord, snapshots: readonly Snapshot[]): Decision {
  return { kind: 'finish-first', record, how: isLive(record, snapshots) ? 'accept' : 'restore' };
}

/** Whether every green of the record has the live traffic. */
function isLive({ targets }: ReleaseRecord, snapshots: readonly Snapshot[]): boolean {
  return targets.every(({ target, green }) =>
    snapshots.some(snapshot => snapshot.target === target && snapshot.live === green),
  );
}

function decideResume(verb: SliceVerb, record: ReleaseRecord, snapshots: readonly Snapshot[]): Decision | undefined {
  // What is planned is what a run would do.
  const slice = SLICES[verb === 'plan' ? 'run' : verb];
  const from = resumesAt(record, slice, snapshots);
  if (!from) return undefined;
  // Traffic may be split already: a slice without the switch would leave it so, and call the release prepared.
  const leavesSplit = record.phase === 'switching' && !slice.includes('switch');
  if (slice.includes(from) && !leavesSplit) return { kind: 'resume', record, from };
  if (verb === 'switch') return { kind: 'unchanged' };
  return { kind: 'nothing', reason: `its switch is unfinished (${record.phase}); run the switch verb, or rollback` };
}

/** `switch` and `teardown` as jobs of their own, days after the job that deployed. */
function decideLater(config: Config, verb: 'switch' | 'teardown', observed: Observed): Decision {
  const live = observed.snapshots.every(snapshot => liveVersion(snapshot) === config.version);
  if (verb === 'switch') {
    if (live) return { kind: 'unchanged' };
    const undeployed = observed.snapshots.find(snapshot => !slotWithVersion(snapshot, config.version));
    if (undeployed) {
      return {
        kind: 'nothing',
        reason: `no slot of ${undeployed.target} has version ${config.version}; run the deploy verb first`,
      };
    }
    return { kind: 'begin', roles: rolesOfAll(config, observed.snapshots) };
  }
  if (!live) {
    return { kind: 'nothing', reason: `version ${config.version} is not live, so the other slot is not free to go` };
  }
  const leftover = observed.snapshots.flatMap(otherSlots).filter(slot => slot.exists);
  const gone =
    config.teardown.how === 'scale-to-zero' ? leftover.every(slot => slot.size === 0) : leftover.length === 0;
  if (gone) return { kind: 'unchanged' };
  return { kind: 'begin', roles: teardownRoles(config, observed.snapshots) };
}

function otherSlots(snapshot: Snapshot): readonly SlotState[] {
  return snapshot.slots.filter(state => state.slot !== snapshot.live);
}

function slotWithVersion(snapshot: Snapshot, version: string): SlotState | undefined {
  return snapshot.slots.find(state => state.exists && state.version === version);
}

/** A plan from what the platform proposes. */
export function planRelease(
  config: Config,
  verb: SliceVerb,
  parts: readonly { readonly snapshot: Snapshot; readonly roles: Roles; readonly proposal: Proposal }[],
): Plan {
  return {
    release: releaseName(config),
    version: config.version,
    targets: parts.map(({ snapshot, roles, proposal }) => ({
      target: snapshot.target,
      blue: roles.blue,
      green: roles.green,
      blueVersion: slotState(snapshot, roles.blue)?.version,
      version: roles.version,
      size: roles.size ?? proposal.size,
      previous: snapshot.routing,
      adopted: proposal.adopted,
      next: proposal.next,
      stages: proposal.stages ?? [],
      batch: roles.batch,
      changes: proposal.changes,
      rollbackCommand: proposal.rollbackCommand,
      definition: proposal.definition,
    })),
    steps: stepsOf(verb, config),
  };
}

/** The plan that a record holds: what an earlier run set out to do is what is gone on with. */
export function planOfRecord(record: ReleaseRecord, verb: SliceVerb, from: StepName, config: Config): Plan {
  // By the order of the story, not of the slice: a slice may leave out the very step that is gone on from.
  const order = (step: StepName) => STEP_NAMES.indexOf(step);
  return {
    release: record.release,
    version: record.version,
    ...(record.rollback ? { rollback: true } : {}),
    targets: record.targets.map(target => planOfTarget(target, record)),
    // Whatever is gone on with is beyond the gate before the switch.
    steps: stepsOf(verb, config, ['gate-switch']).filter(
      step => order(step) <= order('claim') || order(step) >= order(from),
    ),
  };
}

function planOfTarget(target: TargetRecord, { rollback, version }: ReleaseRecord): TargetPlan {
  return {
    target: target.target,
    blue: target.blue ?? undefined,
    green: target.green,
    blueVersion: target.blueVersion ?? undefined,
    version: rollback ? (target.version ?? undefined) : version,
    size: target.size,
    previous: target.previous,
    adopted: undefined,
    next: target.next,
    stages: target.stages ?? [],
    batch: target.batch,
    changes: [],
    rollbackCommand: target.rollbackCommand ?? undefined,
    definition: target.definition,
  };
}

function stepsOf(verb: SliceVerb, config: Config, passed: readonly StepName[] = []): readonly StepName[] {
  const keeps = config.teardown.how === 'keep' && verb === 'run';
  const removal: readonly StepName[] = ['gate-teardown', 'drain', 'teardown'];
  const steps = SLICES[verb]
    .filter(step => !(keeps && removal.includes(step)) && !passed.includes(step))
    .filter(step => !GATES.has(step) || isGate(step, config));
  if (config.approval.by !== 'environment') return steps;
  // A later job of its own goes on from the gate: that this job may start is the approval.
  const gate = steps.findIndex(step => GATES.has(step));
  return verb === 'run' && gate >= 0 ? [...steps.slice(0, gate), 'close'] : steps.filter(step => !GATES.has(step));
}

/** The steps at which a person is asked, and what they come before. */
const GATES: ReadonlyMap<StepName, 'switch' | 'teardown'> = new Map([
  ['gate-switch', 'switch'],
  ['gate-teardown', 'teardown'],
]);

function isGate(step: StepName, { approval }: Config): boolean {
  const before = GATES.get(step);
  return before !== undefined && approval.by !== 'none' && approval.before.includes(before);
}

export function releaseName(config: Config): string {
  return config.release ?? config.targets[0]?.name ?? 'release';
}

/** Verbs that walk a slice of the story; the others have a path of their own. */
export function isSlice(verb: Verb): verb is SliceVerb {
  return verb in SLICES;
}
