/** How people are asked at a gate: a port. Behind it are issues, annotations and URLs; the release knows none of them. */
import type { Clock } from '../platforms/port.js';
import type { Approval, CheckReport, Finding, Plan, ProbeEvidence } from './model.js';

export type Gate = Approval['gate'];

/** What a person is to decide, with everything to decide it by. */
export interface Question {
  readonly gate: Gate;
  readonly plan: Plan;
  /** What the answer is bound to: another plan has another digest. */
  readonly digest: string;
  readonly findings: readonly Finding[];
  readonly checks: readonly CheckReport[];
  readonly probes: readonly ProbeEvidence[];
  readonly askedAt: number;
  /** When the wait ends, and what is done then. */
  readonly until: number;
  readonly otherwise: 'keep-both' | 'rollback' | 'proceed';
  /** Where an earlier run asked this very question. */
  readonly earlier: Asked | undefined;
  /** A question that this one takes the place of, to be taken back where it was put. */
  readonly stale: Asked | undefined;
}

/** Where a question was asked, as the record keeps it. */
export interface Asked {
  readonly gate: Gate;
  readonly digest: string;
  /** What the asker finds it again by, such as the number of an issue. */
  readonly reference: string;
  /** Who started the run that asked. */
  readonly actor: string;
  readonly at: number;
}

export interface Decision {
  readonly decision: 'approved' | 'denied';
  readonly by: readonly string[];
}

/** A question that was put, and can be answered now. */
export interface OpenQuestion {
  readonly reference: string;
  /** Such as `issue #12`. */
  readonly how: string;
  readonly link: string | undefined;
  /** What a person does to decide: a sentence or two, with the exact words or the command. */
  readonly invitation: string;
  /**
   * Looks once: the decision, or in some words what is there instead. Whatever may pass by itself is tried again.
   * @throws GATE_BROKEN, and the signal's reason.
   */
  look(signal: AbortSignal): Promise<Decision | string>;
  /** Says what came of it where it was asked, and ends the asking there. */
  close(approval: Approval, signal: AbortSignal): Promise<void>;
}

/** Looks again and again until there is a decision. @throws like `look`. */
export async function decisionOf(
  open: OpenQuestion,
  { clock, interval, waiting }: Looking,
  signal: AbortSignal,
): Promise<Decision> {
  while (true) {
    const seen = await open.look(signal);
    if (typeof seen !== 'string') return seen;
    waiting(seen);
    await clock.sleep(interval, signal);
  }
}

export interface Looking {
  readonly clock: Clock;
  /** Between two looks, in milliseconds. */
  readonly interval: number;
  waiting(text: string): void;
}

export interface Gates {
  /** The digest of a plan at a gate of the release that began then: a short text that people can read aloud. */
  digest(plan: Plan, gate: Gate, began: number): string;
  /** Asks. @throws GATE_BROKEN when there is no way to ask. */
  open(question: Question, signal: AbortSignal): Promise<OpenQuestion>;
}

/** Does work during which deadlines stand still (P13). */
export type StandStill = <T>(work: () => Promise<T>) => Promise<T>;
