/** What was measured while a release was walked: plain data, as all of `model.ts`. */

/** A routing write that was made. */
export interface SwitchEvidence {
  readonly target: string;
  readonly route: string;
  readonly from: string;
  readonly to: string;
  readonly at: number;
  /** From sending the write to its answer. */
  readonly answeredInMs: number;
}

/** What a probe saw in one span of time. */
export interface ProbeSpan {
  /** When it began. */
  readonly at: number;
  /** How long it lasted, at least 1. */
  readonly ms: number;
  /** Answers by the version that they named; `other` when they named none. Failed ones with a status are among them. */
  readonly answers: Readonly<Record<string, number>>;
  /** Requests that failed, by kind, such as `status 503` or `ECONNRESET`; `never sent`: due while one was waited for in vain. */
  readonly errors: Readonly<Record<string, number>>;
  /** Of the answers; undefined without one. */
  readonly p95Ms: number | undefined;
}

/** How many requests there were, and how many failed: those that were due and never sent, while one failed, are among both. */
export interface ProbeCount {
  readonly requests: number;
  readonly failed: number;
}

/** What a probe saw on one side of the switch. */
export interface ProbeWindow extends ProbeCount {
  /** Of the answers; undefined without one. */
  readonly p95Ms: number | undefined;
}

/** What a probe of the live URL saw from a minute before the switch, at most, to the end of bake. */
export interface ProbeEvidence extends ProbeCount {
  readonly url: string;
  /** When the switch's answer came; undefined when none came while the probe was at work. */
  readonly switchedAt: number | undefined;
  /** The minute before the switch; undefined when no switch was seen. */
  readonly before: ProbeWindow | undefined;
  /** From the switch's answer on; everything when no switch was seen. */
  readonly after: ProbeWindow;
  /** Answers by the version or slot that they named; `other` when they named none. */
  readonly answers: Readonly<Record<string, number>>;
  /** From the switch's answer to the first answer of green; undefined when none came or none could be told apart. */
  readonly firstGreenMs: number | undefined;
  /** From the switch's answer to the last answer of blue on a fresh connection. */
  readonly lastBlueMs: number | undefined;
  /** From the switch's answer to the last answer of blue on a connection that was opened before. */
  readonly lastBlueKeptMs: number | undefined;
  /** From the switch's answer until green alone answered, on fresh and on kept connections; undefined if it never did. */
  readonly fullGreenMs: number | undefined;
  /** The first failures, shortened, and the latest. */
  readonly errors: readonly string[];
  /** Second by second; of a long watch, in longer spans. */
  readonly spans: readonly ProbeSpan[];
}

/** What blue still had to finish when it was taken away: its connections, or operations, as whoever counts them says. */
export interface HeldEvidence {
  readonly target: string;
  readonly slot: string;
  /** Undefined: not known. */
  readonly operations: number | undefined;
  /** Who counted what, or why it is not known. */
  readonly text: string;
}

/** What was measured. */
export interface Evidence {
  readonly switches: readonly SwitchEvidence[];
  readonly probes: readonly ProbeEvidence[];
  /** Of each slot that was taken away after it had been live. */
  readonly held?: readonly HeldEvidence[];
}
