/** What the steps share while a release is walked: the plan, the ports, and what was seen so far. */
import type { CheckConfig, Config, DrainConfig, TargetConfig } from '../config/schema.js';
import type { Clock, Platform } from '../platforms/port.js';
import type { Gates, StandStill } from './ask.js';
import type { Journal } from './journal.js';
import type {
  Approval,
  Change,
  CheckReport,
  Finding,
  HeldEvidence,
  Plan,
  ProbeCount,
  ProbeEvidence,
  Slot,
  StepName,
  StepReport,
  SwitchEvidence,
  TargetPlan,
} from './model.js';

/** Words for people, as the steps need them; a host's log fits. */
export interface Narrator {
  debug(text: string): void;
  info(text: string): void;
  warning(text: string): void;
  waiting(text: string): void;
  group(title: string): () => void;
}

/** What checks are made on; the checks themselves are behind this port. */
export interface CheckRequest {
  readonly step: StepName;
  readonly target: TargetConfig;
  readonly slot: Slot | undefined;
  /** The slot behind the live route, when that is asked. */
  readonly serves?: Slot | undefined;
  readonly version: string | undefined;
  readonly url: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly checks: readonly CheckConfig[];
  /** The slot and version that checks may compare with; undefined when there is no blue. */
  readonly blue?: { readonly slot: Slot; readonly version: string | undefined } | undefined;
  /** All at once unless told to make one after the other. */
  readonly parallel?: boolean;
  /** Whether the first failure ends all of them; each is made to its end unless told. */
  readonly failFast?: boolean;
  /** Told what each had found when the signal ended them; nothing is answered then. */
  readonly onStopped?: (reports: readonly CheckReport[]) => void;
}

/** How much work there is still to finish: of one instance, or of the whole slot as others count it. */
export interface Pending {
  /** Who counted it, if not the instance itself. */
  readonly by?: 'prometheus' | 'platform';
  /** The one that has the work; the slot where others count. */
  readonly instance: string;
  /** Another one after a restart. */
  readonly life: string;
  /** Operations, or why nobody knows. */
  readonly operations: { readonly value: number } | { readonly problem: string };
}

/** How a live URL is watched. */
export interface Watched {
  /** What the answers are told apart by. */
  readonly versions: { readonly blue?: string; readonly green: string };
  /** How many requests a second are sent on each kind of connection. */
  readonly rate: number;
  /** How long an answer may take. */
  readonly timeoutMs: number;
  /** How far back what is recent lies. */
  readonly windowMs: number;
}

/** Watches the live URL from before the switch to the end of the bake. */
export interface Probe {
  /** The answer of the switch came now. Of several the first one counts. */
  mark(at: number): void;
  /** What was seen so far. */
  seen(): ProbeEvidence;
  /** The latest requests since the switch, as far back as the window that was asked for. */
  recent(): ProbeCount;
  /** Sends nothing more, and answers once what is in flight has ended, well or not: within the time an answer may take. */
  finish(): Promise<void>;
  /** Ends at once; what is in flight is not counted. */
  stop(): Promise<ProbeEvidence>;
}

export interface Ports {
  readonly platform: Platform;
  readonly clock: Clock;
  readonly log: Narrator;
  /** Aborts when, after a cancel, the host is about to kill: nothing is waited for beyond it. */
  readonly last: AbortSignal;
  /** Makes checks and says what they saw; throws for the signal alone. */
  check(request: CheckRequest, signal: AbortSignal): Promise<readonly CheckReport[]>;
  /** Counts the work of blue, in every way that the configuration names. */
  pending(
    target: TargetConfig,
    blue: { readonly slot: Slot; readonly version: string | undefined },
    drain: DrainConfig,
    signal: AbortSignal,
  ): Promise<readonly Pending[]>;
  /** How people are asked. */
  readonly gates: Gates;
  /** Begins to watch a live URL. It ends with `stop`, or with the signal. */
  probe(target: TargetConfig, url: string, watched: Watched, signal: AbortSignal): Promise<Probe>;
}

/** One target of the release: its configuration and its part of the plan. */
export interface Leg {
  readonly config: TargetConfig;
  readonly plan: TargetPlan;
}

/** Everything that was seen and done, growing step by step; reports are made from it. */
export interface Ledger {
  readonly steps: StepReport[];
  readonly findings: Finding[];
  readonly changes: Change[];
  readonly checks: CheckReport[];
  readonly switches: SwitchEvidence[];
  readonly probes: ProbeEvidence[];
  readonly held?: HeldEvidence[];
  readonly approvals: Approval[];
  readonly notes: string[];
}

export function emptyLedger(): Ledger {
  return {
    steps: [],
    findings: [],
    changes: [],
    checks: [],
    switches: [],
    probes: [],
    held: [],
    approvals: [],
    notes: [],
  };
}

export interface Walk {
  readonly config: Config;
  readonly plan: Plan;
  readonly legs: readonly Leg[];
  readonly ports: Ports;
  readonly journal: Journal;
  readonly ledger: Ledger;
  /** Probes that run between the switch and the end of the bake, by target. */
  readonly probes: Map<string, Probe>;
  /** For as long as a person is asked, the deadline of the whole run does not count. */
  readonly standStill: StandStill;
}

export function legsOf(config: Config, plan: Plan): readonly Leg[] {
  return plan.targets.flatMap(target => {
    const found = config.targets.find(candidate => candidate.name === target.target);
    return found ? [{ config: found, plan: target }] : [];
  });
}

/**
 * Does the same for every target at once. All of them are waited for, so that none is still writing when the caller
 * moves on to undo; then the first failure is thrown.
 */
export async function everyLeg<T>(walk: Walk, work: (leg: Leg) => Promise<T>): Promise<T[]> {
  const settled = await Promise.allSettled(walk.legs.map(work));
  const failed = settled.find(outcome => outcome.status === 'rejected');
  if (failed) throw failed.reason;
  return settled.flatMap(outcome => (outcome.status === 'fulfilled' ? [outcome.value] : []));
}

/** The routing that a target goes back to: the adopted one says the same as the previous one, and cannot match green. */
export function baseline(plan: TargetPlan) {
  return plan.adopted ?? plan.previous;
}
