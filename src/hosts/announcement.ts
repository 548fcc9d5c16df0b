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
}

export type StatusState = 'pending' | 'success' | 'failure' | 'error';
export type DeploymentState = StatusState | 'in_progress' | 'inactive';

/**
 * What a commit's status says. A release that waits before its switch has proven nothing yet; one that waits before the
 * removal of blue is live, which is what others may rely on.
 */
export function statusState({ result, next, verb }: Pick<Ended, 'result' | 'next' | 'verb'>): StatusState {
  if (verb === 'abort' || verb === 'abort-if-unfinished') return 'error';
  switch (result) {
    case 'succeeded':
    case 'unchanged':
      return 'success';
    case 'waiting':
      return next === 'teardown' ? 'success' : 'pending';
    case 'cancelled':
    case 'rollback-failed':
      return 'error';
    default:
      return 'failure';
  }
}

/** What a deployment says: as the status, but green is live where only the removal of blue did not end well. */
export function deploymentState(ended: Pick<Ended, 'result' | 'next' | 'verb'>): DeploymentState {
  return ended.result === 'degraded' ? 'success' : statusState(ended);
}
