import type { Deployment, Workload } from '../objects.js';

export interface Resize {
  readonly set: Workload;
  readonly replicas: number;
}

/** How far a rolling update may leave the wanted size, in pods. Surge rounds up, unavailability down; never both zero. */
export function rolloutBounds({ spec }: Deployment): { maxSurge: number; maxUnavailable: number } {
  const replicas = spec.replicas ?? 1;
  if (spec.strategy?.type === 'Recreate') return { maxSurge: 0, maxUnavailable: replicas };
  const { maxSurge = '25%', maxUnavailable = '25%' } = spec.strategy?.rollingUpdate ?? {};
  const surge = share(maxSurge, replicas, Math.ceil);
  const unavailable = share(maxUnavailable, replicas, Math.floor);
  return { maxSurge: surge, maxUnavailable: surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, replicas) };
}

function share(value: number | string, of: number, round: (value: number) => number): number {
  if (typeof value === 'number') return value;
  return value.endsWith('%') ? round((Number.parseFloat(value) / 100) * of) : Number.parseInt(value, 10);
}

/**
 * The sizes that the ReplicaSets of a Deployment should have next: the same rules as the real deployment controller's.
 *
 * @param oldPods pods of the old ReplicaSets that still exist, terminating ones included
 */
export function planRollout(
  deployment: Deployment,
  newest: Workload | undefined,
  old: readonly Workload[],
  oldPods: number,
): Resize[] {
  const replicas = deployment.spec.replicas ?? 1;
  if (newest === undefined) return [];
  if (deployment.spec.paused) return old.length === 0 ? [{ set: newest, replicas }] : [];
  if (deployment.spec.strategy?.type === 'Recreate') {
    return [
      ...old.map(set => ({ set, replicas: 0 })),
      { set: newest, replicas: oldPods === 0 ? replicas : size(newest) },
    ];
  }
  const { maxSurge, maxUnavailable } = rolloutBounds(deployment);
  const total = size(newest) + sum(old, size);
  if (size(newest) > replicas) return [{ set: newest, replicas }];
  const room = Math.max(0, replicas + maxSurge - total);
  const grown = Math.min(replicas, size(newest) + room);
  if (grown !== size(newest)) return [{ set: newest, replicas: grown }];
  return shrinkOld(newest, old, replicas - maxUnavailable);
}

/** First those that are not available anyway, then as many as the available ones allow. */
function shrinkOld(newest: Workload, old: readonly Workload[], minAvailable: number): Resize[] {
  const sizes = new Map(old.map(set => [set, size(set)]));
  const oldest = [...old].sort((a, b) => byAge(a, b));
  const total = size(newest) + sum(old, size);
  let room = total - minAvailable - Math.max(0, size(newest) - available(newest));
  const shrink = (set: Workload, by: number) => {
    const step = Math.min(by, room, sizes.get(set) ?? 0);
    if (step <= 0) return 0;
    sizes.set(set, (sizes.get(set) ?? 0) - step);
    room -= step;
    return step;
  };
  for (const set of oldest) shrink(set, size(set) - available(set));
  let spare = available(newest) + sum(old, available) - minAvailable;
  for (const set of oldest) {
    const healthy = Math.min(sizes.get(set) ?? 0, available(set));
    spare -= shrink(set, Math.min(healthy, spare));
  }
  return [...sizes].map(([set, replicas]) => ({ set, replicas }));
}

function size(set: Workload): number {
  return set.spec.replicas ?? 0;
}

function available(set: Workload): number {
  return set.status?.availableReplicas ?? 0;
}

function sum(sets: readonly Workload[], count: (set: Workload) => number): number {
  return sets.reduce((total, set) => total + count(set), 0);
}

function byAge(a: Workload, b: Workload): number {
  return (
    Number(a.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0) -
    Number(b.metadata.annotations?.['deployment.kubernetes.io/revision'] ?? 0)
  );
}
