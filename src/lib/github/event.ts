/** What started a workflow, as the runner tells it: the commit that a status belongs to, the pull request, the fork. */
import { readFileSync } from 'node:fs';

export interface WorkflowEvent {
  /** Such as `push`. */
  readonly name: string;
  /** The commit that people see the checks of; undefined outside a workflow. */
  readonly sha: string | undefined;
  /** The number of the pull request, where the run is one for it. */
  readonly pullRequest: number | undefined;
  /** The repository that the pull request comes from, if it is not this one: GitHub gives no secrets to such a run. */
  readonly fork: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

interface Payload {
  readonly number?: number;
  readonly pull_request?: {
    readonly number?: number;
    readonly head?: { readonly sha?: string; readonly repo?: { readonly full_name?: string } | null };
  };
  readonly merge_group?: { readonly head_sha?: string };
}

/**
 * GITHUB_SHA of a pull request is a merge that nobody will see again: its statuses belong to the head. In a merge queue
 * it is the head of the group.
 */
export function workflowEvent(environment: Environment): WorkflowEvent {
  const name = environment.GITHUB_EVENT_NAME ?? '';
  const payload = payloadOf(environment);
  const head = payload.pull_request?.head;
  const isPullRequest = name === 'pull_request' || name === 'pull_request_target';
  return {
    name,
    sha: (isPullRequest ? head?.sha : payload.merge_group?.head_sha) ?? environment.GITHUB_SHA,
    pullRequest: isPullRequest ? payload.pull_request?.number : undefined,
    fork: isPullRequest ? forkOf(head, environment.GITHUB_REPOSITORY) : undefined,
  };
}

/** A deleted fork has no repository any more, and is one all the same. */
function forkOf(
  head: NonNullable<Payload['pull_request']>['head'],
  repository: string | undefined,
): string | undefined {
  if (!head) return undefined;
  const from = head.repo?.full_name ?? 'a fork that was deleted';
  return from === repository ? undefined : from;
}

/** A file that is missing or broken says nothing: what it would have said has a default. */
function payloadOf({ GITHUB_EVENT_PATH: path }: Environment): Payload {
  if (!path) return {};
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as Payload | null) ?? {};
  } catch {
    return {};
  }
}
