/** The CI system that a run is part of: where inputs come from and where words go. */

import type { Outcome } from '../release/model.js';
import type { AnnouncedRelease, Announcement, Ended } from './announcement.js';

export type HostId = 'github' | 'gitlab' | 'terminal';

/** Who runs this, as a record and other people see it. */
export interface RunIdentity {
  /** Tells this run from every other one, and its attempts from one another. */
  readonly id: string;
  readonly actor: string;
  /** A link to the run's log; undefined on a terminal. */
  readonly link: string | undefined;
}

/** Lines for people. Every text is masked and made inert on its way out (P12, P16). */
export interface Log {
  debug(text: string): void;
  info(text: string): void;
  warning(text: string): void;
  error(text: string): void;
  /** What is being waited for, now; hosts decide how often they show it. */
  waiting(text: string): void;
  /** Begins a titled part of the log; the function it answers ends it. */
  group(title: string): () => void;
}

export interface Host {
  readonly id: HostId;
  /** Inputs by name, only those that were given. Unknown ones are among them, where the host passes them on. */
  readonly inputs: Readonly<Record<string, string>>;
  readonly run: RunIdentity;
  readonly log: Log;
  /** From here on `secret` and its encoded forms appear as *** wherever this host writes. */
  mask(secret: string): void;
  /** The text with every masked secret replaced: for what is written past the log (summary, report, record). */
  redact(text: string): string;
  output(name: string, value: string): Promise<void>;
  /** Posts the job summary (Markdown); hosts that have none print what matters. */
  summary(markdown: string): Promise<void>;
  /** Gives a machine what it asked this run for; hosts that were not asked say nothing. */
  data?(document: object): void;
  /** What this host collects beside the report files: texts by the name of a file in the same folder. */
  filesBeside?(outcome: Outcome, folder: string): Readonly<Record<string, string>>;
  /** Says a failure the way that the host highlights. */
  fail(message: string): void;
  /** Shows a release beside the log, where the host has places for that. */
  announce?(release: AnnouncedRelease): Announcement;
  /** Ends what `announce` of an earlier process of this job has begun and not ended. */
  endAnnounced?(token: string, ended: Ended): Promise<void>;
  /** State for the post step of the same job; undefined where the host has none. */
  readonly state: { save(name: string, value: string): void; read(name: string): string | undefined } | undefined;
}

/** The world as the entry saw it; nothing below the entry reads `process`. */
export interface World {
  /** The file that was started: the bundle. */
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly workspace: string;
  readonly stdout: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly signal: AbortSignal;
}
