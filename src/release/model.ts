/**
 * The data that goes through a release: Config -> Snapshot -> Plan -> Record -> Outcome -> report.
 * Everything here is plain and serialisable; times are milliseconds since the epoch, spans are milliseconds.
 */

import type { Evidence } from './evidence.js';

export type * from './evidence.js';

/** Any value that JSON can carry. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The name of one of a target's two places, such as `shop-blue`. Slots keep their name; roles change. */
export type Slot = string;

/** What the platform shows of one slot. */
export interface SlotState {
  readonly slot: Slot;
  readonly exists: boolean;
  /** Instances that the slot is asked to have now. */
  readonly size: number;
  /** Instances that are ready now. */
  readonly ready: number;
  /** The version that this tool put there; undefined when nobody said. */
  readonly version: string | undefined;
}

/** One route as it stands, or as it is wanted. */
export interface RouteState {
  /** Kind and name, such as `service/shop`. */
  readonly route: string;
  /** The slot that it selects; undefined when it selects no declared slot. */
  readonly slot: Slot | undefined;
  /** A person's reading of the routing, such as `app=shop, cutover/slot=shop-blue`. */
  readonly text: string;
  /** What the platform needs to bring exactly this routing back. Only the platform looks inside. */
  readonly document: Json;
}

/** All routes of one target, in the order in which they are switched. */
export interface Routing {
  readonly routes: readonly RouteState[];
}

/** A routing on the way from blue to green. */
export interface Stage {
  readonly routing: Routing;
  /** Percent of live traffic that green gets; undefined where both slots get what their sizes say. */
  readonly share: number | undefined;
  /** What makes the share on platforms where every instance gets as much as any other; undefined where weights do. */
  readonly sizes?: StageSizes;
}

/** Instances of each slot at a stage. One of the two is at full size, so that it could serve alone (P6). */
export interface StageSizes {
  readonly blue: number;
  readonly green: number;
}

/** How live traffic gets from blue to green: in one write, with both slots live for a while, or in growing shares. */
export const SWITCH_WAYS = ['atomic', 'overlap', 'steps'] as const;
export type SwitchWay = (typeof SWITCH_WAYS)[number];

/** What exists for one target before anything is written. */
export interface Snapshot {
  readonly target: string;
  readonly slots: readonly SlotState[];
  readonly routing: Routing;
  /** The slot that has the live traffic; undefined before the first release. */
  readonly live: Slot | undefined;
}

export type Severity = 'error' | 'warning' | 'info';

/** Something that preflight saw. An `error` stops the release before anything is written. */
export interface Finding {
  readonly severity: Severity;
  /** From the catalogue of the platform, such as `MIXED_SELECTOR`. */
  readonly code: string;
  readonly target: string;
  /** One sentence: what, and where. */
  readonly message: string;
  /** One sentence: what to do. */
  readonly remedy: string;
}

/** One write to the platform, told before or after it is made. */
export interface Change {
  readonly verb: 'create' | 'update' | 'delete' | 'scale' | 'route';
  /** Such as `Deployment shop/shop-green`. */
  readonly object: string;
  /** What changes, old -> new; empty when the verb says it all. */
  readonly detail: string;
}

/** How far a slot is on its way to being ready. */
export interface Readiness {
  readonly wanted: number;
  /** Instances of the wanted version that are ready. */
  readonly ready: number;
  /** Everything that was asked for is there, of the wanted version, and nothing else. */
  readonly complete: boolean;
  /** Such as `2/3 ready, 1 pulling image`. */
  readonly text: string;
  /** Why waiting will not help (image does not exist, crash loop, quota); undefined while it may. */
  readonly hopeless: string | undefined;
}

export type VerdictName = 'pass' | 'fail' | 'unknown';

export interface Verdict {
  readonly verdict: VerdictName;
  /** One sentence; what was expected and what came. */
  readonly reason: string;
}

/** One check, made. */
export interface CheckReport extends Verdict {
  readonly name: string;
  readonly kind: string;
  readonly target: string;
  readonly step: StepName;
  readonly slot: Slot | undefined;
  readonly attempts: number;
  readonly durationMs: number;
  /** It is unknown, and the configuration says that this is no reason to stop. */
  readonly tolerated?: boolean;
  /** It is unknown, and the configuration says to stop where the release is, for a person to look. */
  readonly holds?: boolean;
  /** The tests that a command reported of itself, those that failed first; bounded. */
  readonly cases?: readonly CheckCase[];
}

/** One test that a command reported of itself. */
export interface CheckCase {
  readonly name: string;
  /** The class or file that it belongs to; empty when nobody said. */
  readonly group: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** What the failure said, shortened; empty otherwise. */
  readonly message: string;
  readonly durationMs: number;
}

/** The steps of the story (DESIGN section 2), in order. */
export const STEP_NAMES = [
  'inspect',
  'preflight',
  'claim',
  'deploy',
  'ready',
  'verify',
  'gate-switch',
  'switch',
  'confirm',
  'bake',
  'gate-teardown',
  'drain',
  'teardown',
  'close',
] as const;
export type StepName = (typeof STEP_NAMES)[number];

export const VERBS = [
  'run',
  'plan',
  'deploy',
  'switch',
  'teardown',
  'status',
  'rollback',
  'abort',
  'abort-if-unfinished',
] as const;
export type Verb = (typeof VERBS)[number];

/** One target's part of a release: who is who, and what the routing was and shall be. */
export interface TargetPlan {
  readonly target: string;
  /** The slot that is live at the start; undefined on the first release. */
  readonly blue: Slot | undefined;
  readonly green: Slot;
  readonly blueVersion: string | undefined;
  /** The version that green has to have; undefined on a rollback to a slot whose version nobody recorded. */
  readonly version: string | undefined;
  /** Instances that green gets: blue's current size, or the manifest's on the first release. */
  readonly size: number;
  readonly previous: Routing;
  /** The same live traffic, in words that green cannot match; present when an existing route had to be adopted. */
  readonly adopted: Routing | undefined;
  readonly next: Routing;
  /** What comes before `next`, in order; empty when the switch is one write. */
  readonly stages: readonly Stage[];
  /** How many instances are exchanged at a time; undefined where green gets to full size beside blue. */
  readonly batch?: number | undefined;
  /** Every write of deploy, switch and teardown, in order. */
  readonly changes: readonly Change[];
  /** What a person types to put the previous routing back, without this tool; undefined on the first release. */
  readonly rollbackCommand: string | undefined;
  /** A fingerprint of what green is made from: images and definition; undefined where it is taken as it is. */
  readonly definition?: string | undefined;
}

/** What a run walks, and what `plan` prints. */
export interface Plan {
  readonly release: string;
  /** What will be live; of a rollback the version that is gone back to. */
  readonly version: string;
  /** Whether this takes a release back, instead of bringing one forward. */
  readonly rollback?: true;
  readonly targets: readonly TargetPlan[];
  readonly steps: readonly StepName[];
}

export type StepStatus = 'done' | 'failed' | 'undone' | 'cancelled';

/** One step, walked. */
export interface StepReport {
  readonly step: StepName;
  readonly status: StepStatus;
  readonly startedAt: number;
  readonly durationMs: number;
  /** One line on what came of it. */
  readonly detail: string;
}

/** How a run ends (DESIGN section 7). */
export type Result =
  | 'succeeded'
  | 'unchanged'
  | 'waiting'
  | 'invalid'
  | 'refused'
  | 'rolled-back'
  | 'failed'
  | 'degraded'
  | 'rollback-failed'
  | 'cancelled';

/** What people decided at a gate. */
export interface Approval {
  readonly gate: 'switch' | 'teardown';
  readonly decision: 'approved' | 'denied' | 'timed-out';
  /** Names of the people; empty when nobody answered. */
  readonly by: readonly string[];
  readonly at: number;
  readonly askedAt: number;
  /** How they were asked, such as `issue #12`. */
  readonly how: string;
  /** Where the decision can be read; undefined where there is no such page. */
  readonly link: string | undefined;
}

/** What a failure says to a person; no stack, no secret. */
export interface FailureReport {
  readonly code: string;
  readonly step: StepName | undefined;
  readonly message: string;
  readonly hint: string;
  /** The platform's own words, one a line. */
  readonly details: readonly string[];
}

export interface TargetOutcome {
  readonly target: string;
  /** The slot that serves, read from the platform at the end (P11). */
  readonly live: Slot | undefined;
  readonly liveVersion: string | undefined;
  readonly previous: Slot | undefined;
  readonly previousVersion: string | undefined;
  readonly rollbackCommand: string | undefined;
  readonly switchedAt: number | undefined;
}

/** How a run ended, complete enough for every report. */
export interface Outcome {
  readonly result: Result;
  readonly verb: Verb;
  readonly release: string;
  readonly version: string;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly targets: readonly TargetOutcome[];
  readonly steps: readonly StepReport[];
  readonly findings: readonly Finding[];
  readonly changes: readonly Change[];
  readonly checks: readonly CheckReport[];
  readonly evidence: Evidence;
  readonly approvals: readonly Approval[];
  /** It only told what it would do, as a plan and a dry run do. */
  readonly isPlanned?: true;
  /** Of a run that waits: the verb that goes on. */
  readonly next?: 'switch' | 'teardown' | undefined;
  readonly failures: readonly FailureReport[];
  /** What a person should know or do now, one sentence each. */
  readonly notes: readonly string[];
}
