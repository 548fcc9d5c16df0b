import type { Condition, Pod } from '../objects.js';
import { timestamp } from '../objects.js';

export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find(condition => condition.type === type);
}

/**
 * The conditions with one of them replaced. Its transition time moves only with its status, its update time (kept by
 * Deployments alone) with every change.
 */
export function setCondition(
  conditions: readonly Condition[] | undefined,
  wanted: Condition,
  nowMs: number,
  updateTime = false,
): readonly Condition[] {
  const before = findCondition(conditions, wanted.type);
  const now = timestamp(nowMs);
  const same = before?.status === wanted.status;
  const unchanged = same && before.reason === wanted.reason && before.message === wanted.message;
  if (unchanged && before !== undefined) return conditions ?? [];
  const { type, status, ...rest } = wanted;
  const next: Condition = {
    type,
    status,
    ...(updateTime ? { lastUpdateTime: now } : {}),
    lastTransitionTime: same ? (before?.lastTransitionTime ?? now) : now,
    ...rest,
  };
  if (before === undefined) return [...(conditions ?? []), next];
  return (conditions ?? []).map(condition => (condition === before ? next : condition));
}

export function withoutCondition(conditions: readonly Condition[] | undefined, type: string): readonly Condition[] {
  return (conditions ?? []).filter(condition => condition.type !== type);
}

export function isReady(pod: Pod): boolean {
  return findCondition(pod.status?.conditions, 'Ready')?.status === 'True';
}

/** When a ready pod counts as available, in milliseconds since the epoch; undefined: it is not ready. */
export function availableAt(pod: Pod, minReadySeconds: number): number | undefined {
  const ready = findCondition(pod.status?.conditions, 'Ready');
  if (ready?.status !== 'True') return undefined;
  return minReadySeconds === 0 ? 0 : Date.parse(ready.lastTransitionTime ?? '') + minReadySeconds * 1000;
}

export function isActive(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return pod.metadata.deletionTimestamp === undefined && phase !== 'Succeeded' && phase !== 'Failed';
}

/** The fields that are not zero: the API leaves counts of zero out. */
export function nonZero(counts: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0));
}
