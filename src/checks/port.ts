/** Something that looks at a slot, or at the live route, and returns a verdict. */
import type { CheckConfig, Identity } from '../config/schema.js';
import type { Clock, Measurable, Measured, Span } from '../platforms/port.js';
import type { CheckCase, Slot, Verdict } from '../release/model.js';

/** What a check looks at. */
export interface Subject {
  readonly target: string;
  /** The slot that is looked at; undefined when the live route is asked, whoever answers. */
  readonly slot: Slot | undefined;
  /** The slot that is behind the live route now; undefined when a slot is looked at in private. */
  readonly serves?: Slot | undefined;
  /** What the slot may be compared with; undefined when there is no blue. */
  readonly blue?: { readonly slot: Slot; readonly version: string | undefined } | undefined;
  /** The version that must answer; undefined when it is not known. */
  readonly version: string | undefined;
  /** Where it answers; no trailing slash. */
  readonly url: string;
  readonly identity: Identity | undefined;
  /** What a command check finds in its environment, such as GREEN_URL and BLUE_URL. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface CheckResult extends Verdict {
  readonly attempts: number;
  /** The tests that a command reported of itself. */
  readonly cases?: readonly CheckCase[];
}

/** What a check may use of the outside. */
export interface CheckTools {
  readonly clock: Clock;
  /** The folder that commands run in. */
  readonly workspace: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What the platform itself measured of a slot of a target; left out where it measures nothing. */
  readonly measure?: (
    target: string,
    slot: Slot,
    span: Span,
    what: readonly Measurable[],
    signal: AbortSignal,
  ) => Promise<Measured | { readonly problem: string }>;
  /** Told what must not be seen from now on (P12). */
  readonly mask?: (secret: string) => void;
  readonly log: {
    debug(text: string): void;
    /** Told what is waited for, again and again. */
    waiting?(text: string): void;
  };
}

/** Looks, and says what it saw. It never throws for what it sees: only for the signal. */
export type Inspect = (
  check: CheckConfig,
  subject: Subject,
  tools: CheckTools,
  signal: AbortSignal,
) => Promise<CheckResult>;
