/** What a host shows of a release beside its log: where it is deployed to, and whether a commit may be relied on. */
import type { Outcome, Verb } from '../release/model.js';

/** What is announced; known before anything is contacted. */
export interface AnnouncedRelease {
  /** Such as `production`. */
  readonly environment: string;
  readonly release: string;
  readonly version: string;
  readonly verb: Verb;
  readonly liveUrl: string | undefined;
  /** For the API of the host; empty where only what the host gave the job may be used. */
  readonly token: string;
  readonly deployment: boolean;
  readonly status: boolean;
  /** Whether a merge request gets the summary as a note, where the host has no place for summaries. */
  readonly note?: boolean;
}

/** Something that is shown while a release is under way. Nothing of it is waited for, and none of it fails a release. */
export interface Announcement {
  /** Shows how it ended; waits a bounded time for that to arrive. */
  end(ended: Ended): Promise<void>;
}

/** As much of an outcome as is shown. */
export interface Ended extends Pick<Outcome, 'result' | 'verb' | 'next'> {
  /** How it ended, in a sentence. */
  readonly sentence: string;
  /** Whether the version that the run was about is live now; undefined where that is not known. */
  readonly isLive?: boolean | undefined;
}

/** Under which name the state of a job keeps what was begun and not ended. */
export const ANNOUNCED = 'cutover-announced';

/** What a later process of the same job has to know to end what this one has begun. */
export interface Begun {
  readonly release: Omit<AnnouncedRelease, 'token'>;
  /** How it ended, where that is known and only could not be shown. */
  readonly ended?: Ended;
}

export type StatusState = 'pending' | 'success' | 'failure' | 'error';
export type DeploymentState = StatusState | 'in_progress' | 'inactive';

/**
 * What a commit's status says: whether others may rely on it. A release that waits before its switch has proven nothing
 * yet; one that waits before the removal of blue is live, which is what counts. A rollback and an abort are no releases
 * of the commit that they are started on, which often is the one that they take back: they say whether it is live now.
 */
export function statusState({ result, next, verb, isLive }: Omit<Ended, 'sentence'>): StatusState {
  switch (result) {
    case 'cancelled':
    case 'rollback-failed':
      return 'error';
    case 'waiting':
      return next === 'teardown' ? 'success' : 'pending';
    default:
      if (isWayBack(verb)) return isLive === undefined ? 'error' : isLive ? 'success' : 'failure';
      return result === 'succeeded' || result === 'unchanged' ? 'success' : 'failure';
  }
}

/** Verbs that take a version out of an environment. */
export function isWayBack(verb: Verb): boolean {
  return verb === 'rollback' || verb === 'abort' || verb === 'abort-if-unfinished';
}

/** What a deployment says: as the status, but green is live where only the removal of blue did not end well. */
export function deploymentState(ended: Omit<Ended, 'sentence'>): DeploymentState {
  return ended.result === 'degraded' ? 'success' : statusState(ended);
}
