import type { Stage, StageRequest } from '../../../src/rehearse/stage.js';

/** One target that is live in blue, with two instances or more of BLUE_VERSION. */
export interface GroundTarget {
  readonly name: string;
  readonly slots: { readonly blue: string; readonly green: string };
  /** What users call. */
  readonly url: string;
  /** The slot that the route leads to, as the platform says; such as `shop-blue+shop-green` for both, '' for none. */
  live(): string;
}

/**
 * What disasters are played on: an embedded platform where one or more targets are live in blue. A platform that has one
 * gets the matrices of kills, cancels, faults and races: see `kubernetes/` for how few lines that takes.
 */
export interface Ground extends AsyncDisposable {
  /** The platform, as a rehearsal sees it. */
  readonly stage: Stage;
  readonly targets: readonly GroundTarget[];
  /** What the platform adds to `cutover.yml`: how it is reached, and all that a target needs beside its slots and URL. */
  readonly settings: Readonly<Record<string, unknown>>;
  targetSettings(target: GroundTarget): Readonly<Record<string, unknown>>;
  /** The user's files by their path in the workspace, such as manifests. */
  readonly files: Readonly<Record<string, string>>;
  /** A request without names that differ from run to run, such as `GET pods/POD`. */
  titleOf(request: StageRequest): string;
  /** Promises that were broken so far: routes that led nowhere or to both slots, removals of what was live. */
  broken(): readonly string[];
  /** All that is there, without names and times that differ from run to run. */
  state(): unknown;
  /** The text of the release's record; undefined when there is none. */
  record(): string | undefined;
}

/** Opens a ground with these targets live. */
export type OpenGround = (targets: readonly string[]) => Promise<Ground>;

/** What is live at the beginning, and what the releases of the matrices bring. */
export const BLUE_VERSION = '1.4.2';
export const GREEN_VERSION = '1.5.0';
