/** Why a slot does not come up, in the platform's own words. Texts of containers are untrusted and stay plain. */
import { formatDuration } from '../../lib/units.js';
import type { Client } from './client.js';
import type { ContainerStatus, Pod, Workload } from './objects.js';
import { conditionOf } from './workloads.js';

/** What may pass by itself is hopeless only after it has been seen for this long. */
const PATIENCE_MS = 10_000;
const CRASHES = 3;

/** Waiting reasons that no amount of waiting changes. */
const FINAL = new Set(['InvalidImageName', 'ErrImageNeverPull', 'CreateContainerConfigError']);
/** Waiting reasons that often pass: a registry hiccup, for one. */
const STUBBORN = new Set(['ErrImagePull', 'ImagePullBackOff', 'CreateContainerError', 'RunContainerError']);

export interface Diagnosis {
  /** Half a sentence; undefined while waiting may help. */
  readonly hopeless: string | undefined;
  /** When to look again though nothing may have changed, in milliseconds from now. */
  readonly lookAgainInMs: number | undefined;
  /** The container whose last lines may tell more. */
  readonly crashed: { readonly pod: string; readonly container: string; readonly previous: boolean } | undefined;
}

/** Remembers since when each trouble has been seen, by the clock of the settings. */
export class Symptoms {
  private readonly since = new Map<string, number>();

  diagnose(workload: Workload | undefined, pods: readonly Pod[], now: number): Diagnosis {
    const troubles = [...(workload ? workloadTroubles(workload) : []), ...pods.flatMap(podTroubles)];
    this.forgetAllBut(new Set(troubles.map(trouble => trouble.key)));
    let soonest: number | undefined;
    for (const trouble of troubles) {
      const seenAt = this.since.get(trouble.key) ?? now;
      this.since.set(trouble.key, seenAt);
      const left = trouble.patienceMs - (now - seenAt);
      const lasted = trouble.patienceMs ? `, for ${formatDuration(now - seenAt)}` : '';
      if (left <= 0) return { hopeless: trouble.text + lasted, lookAgainInMs: undefined, crashed: trouble.crashed };
      soonest = Math.min(soonest ?? left, left);
    }
    return { hopeless: undefined, lookAgainInMs: soonest, crashed: undefined };
  }

  private forgetAllBut(keys: ReadonlySet<string>): void {
    for (const key of this.since.keys()) if (!keys.has(key)) this.since.delete(key);
  }
}

interface Trouble {
  readonly key: string;
  readonly text: string;
  readonly patienceMs: number;
  readonly crashed?: Diagnosis['crashed'];
}

function workloadTroubles(workload: Workload): readonly Trouble[] {
  const current = (workload.status?.observedGeneration ?? 0) >= (workload.metadata.generation ?? 0);
  const failing = conditionOf(workload, 'ReplicaFailure');
  const progressing = conditionOf(workload, 'Progressing');
  const troubles: Trouble[] = [];
  if (current && failing?.status === 'True') {
    const text = `pods cannot be created (${failing.reason ?? 'ReplicaFailure'}: ${failing.message ?? 'no reason given'})`;
    troubles.push({ key: 'ReplicaFailure', text, patienceMs: PATIENCE_MS });
  }
  if (current && progressing?.reason === 'ProgressDeadlineExceeded') {
    const text = `the Deployment gave up (ProgressDeadlineExceeded: ${progressing.message ?? 'no reason given'})`;
    troubles.push({ key: 'ProgressDeadlineExceeded', text, patienceMs: 0 });
  }
  return troubles;
}

function podTroubles(pod: Pod): readonly Trouble[] {
  if (pod.metadata.deletionTimestamp !== undefined) return [];
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return statuses.flatMap(status => containerTrouble(pod.metadata.name, status) ?? []);
}

function containerTrouble(pod: string, status: ContainerStatus): Trouble | undefined {
  const { reason = '', message } = status.state?.waiting ?? {};
  const where = `container ${status.name} of pod ${pod}`;
  const said = message ? `${reason}: ${message}` : reason;
  if (FINAL.has(reason))
    return { key: `${pod}/${status.name}`, text: `${where} cannot start (${said})`, patienceMs: 0 };
  if (STUBBORN.has(reason)) {
    const what = reason.includes('Image') ? 'cannot get its image' : 'cannot start';
    // Both image reasons are one trouble: the kubelet alternates between them.
    return { key: `${pod}/${status.name}`, text: `${where} ${what} (${said})`, patienceMs: PATIENCE_MS };
  }
  const restarts = status.restartCount ?? 0;
  const last = status.lastState?.terminated ?? status.state?.terminated;
  if (restarts < CRASHES || status.ready || !last) return undefined;
  const exit = last.exitCode === undefined ? '' : `, last with exit code ${last.exitCode}`;
  const why = last.reason && last.reason !== 'Error' ? ` (${last.reason})` : '';
  const text = `${where} keeps crashing: ${restarts} restarts${exit}${why}${last.message ? `, saying: ${last.message.trim()}` : ''}`;
  const crashed = { pod, container: status.name, previous: status.state?.terminated === undefined };
  return { key: `${pod}/${status.name}/crash`, text, patienceMs: 0, crashed };
}

/** The last lines that a container wrote; empty when they are not to be had. Costs one request. */
export async function lastLines(
  client: Client,
  namespace: string,
  { pod, container, previous }: NonNullable<Diagnosis['crashed']>,
  signal: AbortSignal,
): Promise<string> {
  const query = new URLSearchParams({
    container,
    tailLines: '5',
    limitBytes: '2000',
    ...(previous ? { previous: 'true' } : {}),
  });
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log?${query}`;
  const subject = { verb: 'get', group: '', resource: 'pods/log', namespace, name: pod };
  try {
    return ((await client.text(path, subject, signal)) ?? '').trim();
  } catch {
    signal.throwIfAborted();
    return ''; // The diagnosis stands without them; not everybody may read logs.
  }
}

/** `1 pulling its image, 2 not passing their readiness check`: what those that are not ready are doing. */
export function describeUnready(pods: readonly Pod[]): string {
  const counts = new Map<string, number>();
  for (const pod of pods) {
    const doing = activityOf(pod);
    counts.set(doing, (counts.get(doing) ?? 0) + 1);
  }
  return [...counts].map(([doing, amount]) => `${amount} ${doing}`).join(', ');
}

function activityOf(pod: Pod): string {
  if (pod.metadata.deletionTimestamp !== undefined) return 'terminating';
  const conditions = pod.status?.conditions ?? [];
  const scheduled = conditions.find(condition => condition.type === 'PodScheduled');
  if (scheduled?.status === 'False') return `waiting for a node (${scheduled.reason ?? 'Unschedulable'})`;
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const waiting = statuses.map(status => status.state?.waiting?.reason).find(reason => reason !== undefined);
  // The API has no word for pulling: a container that is being created is nearly always waiting for its image.
  if (waiting === 'ContainerCreating') return 'pulling image';
  if (waiting === 'PodInitializing') return 'initializing';
  if (waiting === 'ErrImagePull' || waiting === 'ImagePullBackOff') return `failing to pull image (${waiting})`;
  if (waiting === 'CrashLoopBackOff') return 'crashing (CrashLoopBackOff)';
  if (waiting !== undefined) return `not starting (${waiting})`;
  if (statuses.some(status => status.state?.terminated)) return 'crashing';
  return statuses.some(status => status.state?.running) ? 'running but not ready' : 'starting';
}
