import type { VersionedApp } from '../marathon/definition.js';
import { grouped } from '../marathon/grouped.js';
import type { Task } from '../marathon/task.js';

/**
 * The tasks that marathon-lb takes out: of two apps of one deployment group, as many of the older one's tasks as the newer
 * one has healthy ones, beyond what the group needs. The first by their ids are taken.
 */
export function drainedTasks(apps: readonly VersionedApp[], tasks: readonly Task[]): ReadonlySet<Task> {
  const inGroups = apps.filter(({ labels }) => labels.HAPROXY_DEPLOYMENT_GROUP !== undefined);
  const groups = grouped(inGroups, ({ labels }) => (labels.HAPROXY_DEPLOYMENT_GROUP ?? '').replace(/^\//, ''));
  return new Set([...groups.values()].flatMap(group => drainedOf(group, tasks)));
}

function drainedOf(group: readonly VersionedApp[], tasks: readonly Task[]): readonly Task[] {
  const [first, second, ...more] = group;
  if (first === undefined || second === undefined || more.length > 0) return [];
  const { older, newer, target } = rolesOf(first, second);
  const healthyNew = tasks.filter(({ app, isHealthy }) => app.id === newer.id && isHealthy).length;
  const old = tasks.filter(({ app }) => app.id === older.id).toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return old.slice(0, Math.min(healthyNew, Math.max(0, healthyNew + older.instances - target)));
}

/**
 * The newer one is the one that was started later, unless it has the label NEW_INSTANCES, whatever that says: then it is
 * the one that was scaled later, so that roles change when somebody scales the other one. Without that label the group
 * needs one instance.
 */
function rolesOf(first: VersionedApp, second: VersionedApp) {
  const [older, newer] = startedAt(first) < startedAt(second) ? [first, second] : [second, first];
  if (newer.labels.HAPROXY_DEPLOYMENT_NEW_INSTANCES === undefined) return { older, newer, target: 1 };
  const isFlipped = older.versionInfo.lastScalingAt > newer.versionInfo.lastScalingAt;
  const roles = isFlipped ? { older: newer, newer: older } : { older, newer };
  return { ...roles, target: Number(roles.newer.labels.HAPROXY_DEPLOYMENT_TARGET_INSTANCES) };
}

const startedAt = ({ labels }: VersionedApp) => labels.HAPROXY_DEPLOYMENT_STARTED_AT ?? '';
