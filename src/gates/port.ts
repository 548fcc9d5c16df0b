/** What a way of asking is given, beside the question. */
import type { ApprovalConfig, TargetConfig } from '../config/schema.js';
import type { RunIdentity } from '../hosts/port.js';
import type { GithubSettings } from '../lib/github/client.js';
import type { WorkflowEvent } from '../lib/github/event.js';
import type { Clock, Platform } from '../platforms/port.js';
import type { OpenQuestion, Question } from '../release/ask.js';

export interface Tools {
  readonly approval: ApprovalConfig;
  readonly targets: readonly TargetConfig[];
  readonly platform: Platform;
  readonly clock: Clock;
  readonly run: RunIdentity;
  /** How to speak with GitHub; undefined where there is no token or no repository. */
  readonly github: GithubSettings | undefined;
  readonly event: WorkflowEvent;
  readonly log: { info(text: string): void; warning(text: string): void; waiting(text: string): void };
  /** Secrets out of the text (P12). */
  readonly redact: (text: string) => string;
}

/** Asks in one way. @throws GATE_BROKEN when that cannot be done, and the signal's reason. */
export type Asker = (question: Question, tools: Tools, signal: AbortSignal) => Promise<OpenQuestion>;
